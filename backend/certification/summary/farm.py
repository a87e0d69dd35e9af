"""Where the herbs grow, which ones, and how."""

from collections.abc import Iterator

from backend.certification.form import Crop, Farm, Location
from backend.certification.labels import LABELS, Label, label, listed
from backend.certification.summary.blocks import Block, Words, cell, checklist, fact, fact_if, facts, note, section, table
from backend.certification.summary.subject import Subject, address, area, day, number
from backend.certification.thai_dates import ENGLISH_MONTHS, THAI_MONTHS_SHORT


def farm_section(subject: Subject) -> Block:
    farm = subject.form.farm
    rows = [*_site(farm), *_land(farm)] if not subject.application.is_replacement else [fact("ชื่อแหล่งผลิต", "Site name", farm.name_th)]
    return section("farm", "แหล่งผลิต", "Farm", [facts(rows)])


def crops_section(subject: Subject) -> Block:
    columns = (
        ("สมุนไพร", "Herb", 2.6),
        ("ส่วนที่ใช้", "Parts", 1.1),
        ("พันธุ์และแหล่งที่มา", "Material and source", 2.4),
        ("พื้นที่ปลูก", "Planted", 1.3),
        ("ผลผลิตต่อรอบ", "Yield per cycle", 1.4),
        ("ปลูก–เก็บ", "Planted–harvested", 1.3),
    )
    rows = [_crop(subject, crop) for crop in subject.form.crops]
    return section("crops", "พืชสมุนไพร", "Crops", [table(columns, rows)] if rows else [_nothing()])


def practices_section(subject: Subject) -> Block:
    practices = subject.form.practices
    inputs = [
        *((label("fertilizer", item.kind), item.name, "", item.registration_no) for item in practices.fertilizers),
        *(
            (Label("สารป้องกันกำจัดศัตรูพืช", "Pesticide"), item.name, item.active_ingredient, item.registration_no)
            for item in practices.pesticides
        ),
    ]
    columns = (
        ("ปัจจัยการผลิต", "Input", 2.2),
        ("ชื่อ", "Name", 2.4),
        ("สารสำคัญ", "Active ingredient", 2.0),
        ("เลขทะเบียน", "Registration", 2.0),
    )
    rows = [
        *fact_if("การบันทึกข้อมูล", "Record keeping", practices.record_keeping),
        *fact_if("การอบรม", "Training", practices.training),
        *fact_if("จำนวนผู้ปฏิบัติงาน", "Staff", number(practices.staff_count)),
    ]
    blocks = [table(columns, inputs, compact=True)] if inputs else [_nothing()]
    return section("practices", "การปฏิบัติในแปลง", "Practices", [*blocks, *([facts(rows)] if rows else [])])


def sop_section(subject: Subject) -> Block:
    """Which sections of a manual are covered."""
    items = [(name, code in subject.form.sop_sections) for code, name in LABELS["sop"].items()]
    covered = sum(done for _, done in items)
    summary = note(f"ครอบคลุม {covered} จาก {len(items)} หัวข้อ", f"{covered} of {len(items)} sections covered")
    return section("sop", "คู่มือปฏิบัติงาน (SOP)", "SOP coverage", [summary, checklist(items)])


def assessment_section(subject: Subject) -> Block:
    """One row for each of the 14 categories, answered or not."""
    result = subject.application.ai_qc
    scores = result.category_scores if result else {}
    columns = (("หมวด", "Category", 4.0), ("ผลประเมินตนเอง", "Self-assessment", 2.2), ("คะแนน", "Score", 0.7), ("หมายเหตุ", "Note", 2.6))
    rows: list[tuple[Words | Block, ...]] = []
    for place, (category, name) in enumerate(LABELS["category"].items(), start=1):
        answer = subject.form.self_assessment.get(category)
        rows.append(
            (
                Label(f"{place}. {name.th}", name.en),
                label("assessment", answer.status if answer else None),
                number(scores.get(category)),
                answer.note if answer else None,
            )
        )
    return section("assessment", "การประเมินตนเอง 14 หมวด", "Self-assessment", [table(columns, rows, compact=True)])


def _site(farm: Farm) -> Iterator[Block]:
    yield fact("ชื่อแหล่งผลิต", "Site name", Label(farm.name_th or "", farm.name_en or ""))
    yield fact("ที่ตั้ง", "Address", address(farm.address))
    yield fact("พิกัด", "Coordinates", _coordinates(farm.location))
    yield fact("พื้นที่ทั้งหมด", "Total area", area(farm.area))
    yield fact("พื้นที่เพาะปลูก", "Cultivated area", area(farm.cultivated_area))
    yield fact("ลักษณะพื้นที่", "Area type", listed("areaType", farm.area_types))


def _land(farm: Farm) -> Iterator[Block]:
    land, past, soil = farm.land, farm.land_history, farm.soil
    yield fact("การถือครอง", "Tenure", label("tenure", land.tenure))
    yield fact("เอกสารสิทธิ์", "Land document", " ".join(item for item in (land.document_type, land.document_number) if item))
    yield from fact_if("เจ้าของที่ดิน", "Land owner", land.owner_name)
    yield from fact_if("สัญญาเช่าสิ้นสุด", "Lease ends on", day(land.lease_ends_on))
    yield fact("การใช้ที่ดินเดิม", "Previous use", past.previous_use)
    yield from fact_if("แหล่งปนเปื้อนใกล้เคียง", "Contamination sources", listed("contamination", past.contamination_sources))
    yield fact("แหล่งน้ำ", "Water sources", listed("water", farm.water.sources))
    yield from fact_if("ระบบให้น้ำ", "Irrigation", farm.water.irrigation)
    ph = f"pH {number(soil.ph)}" if soil.ph is not None else None
    yield from fact_if("ดิน", "Soil", " · ".join(item for item in (soil.texture, ph) if item))
    yield from fact_if("รายละเอียด", "Description", farm.description)


def _coordinates(location: Location) -> Label | None:
    if location.lat is None or location.lng is None:
        return None
    text = f"{location.lat:.6f}, {location.lng:.6f}"
    if location.accuracy_m is not None:
        text += f" (± {number(location.accuracy_m)} ม.)"
    source = label("locationSource", location.source)
    return Label(" · ".join(item for item in (text, source.th) if item), source.en)


def _crop(subject: Subject, crop: Crop) -> tuple[Words | Block, ...]:
    herb = subject.herb(crop.herb_code) if crop.herb_code else Label("", "")
    name = Label(crop.herb_name_other or herb.th, crop.scientific_name or herb.en)
    material = label("material", crop.material_kind)
    cycles = f"{number(crop.cycles_per_year)} รอบ/ปี" if crop.cycles_per_year else ""
    yield_ = f"{number(crop.expected_yield_kg_per_cycle)} กก." if crop.expected_yield_kg_per_cycle is not None else None
    return (
        cell(name, small=f"พันธุ์ {crop.variety}" if crop.variety else ""),
        listed("plantPart", crop.parts_used),
        cell(material, small=crop.material_source or ""),
        None if crop.planted_area.is_blank else str(crop.planted_area),
        cell(yield_, small=cycles),
        _months(crop),
    )


def _months(crop: Crop) -> Label | None:
    months = (crop.planting_month, crop.harvest_month)
    if any(month is None or month not in range(1, 13) for month in months):
        return None
    first, last = (int(month or 0) - 1 for month in months)
    return Label(f"{THAI_MONTHS_SHORT[first]}–{THAI_MONTHS_SHORT[last]}", f"{ENGLISH_MONTHS[first][:3]}–{ENGLISH_MONTHS[last][:3]}")


def _nothing() -> Block:
    return note("ไม่มีข้อมูลในส่วนนี้", "Nothing was given here.")
