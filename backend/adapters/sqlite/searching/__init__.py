"""The index behind `search` on SQLite: which documents have which term, as bitmaps by blocks of 4,096 row numbers.

Row numbers rise as documents come, so that they stand for the order by time. A term is a value of a facet or key, an interval of a
range, or three letters of a text. To join conditions is to join bitmaps, which takes no longer for frequent terms than for rare ones.
The bitmaps may be behind, and three letters are not yet a word: what they leave over is read and looked at before it is an answer.

Writes only note which rows have changed; `folding` brings the bitmaps up to date later, and until then such rows are always looked at.
"""
