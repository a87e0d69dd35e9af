"""Google's services behind the product's ports: Gemini reads applications, Google Calendar keeps inspections."""
