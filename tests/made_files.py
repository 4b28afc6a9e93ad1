"""Archives and workbooks that the tests of the readers make."""

import io
import tarfile
import zipfile
from xml.sax.saxutils import escape

_TYPES = """<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/xl/workbook.xml"
 ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>
</Types>"""
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def zipped(contents, **options):
    """A zip of names and their bytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, data in contents.items():
            archive.writestr(name, data)
    return file.getvalue()


def tarred(contents, *more):
    """A tar of names and their bytes, and of other members."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for info in more:
            archive.addfile(info)
        for name, data in contents.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return file.getvalue()


def workbook(*sheets):
    """A workbook of sheets of rows of cells."""
    books = "".join(
        f'<sheet name="Лист{number}" sheetId="{number}" r:id="rId{number}"/>'
        for number in range(1, len(sheets) + 1)
    )
    relations = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/worksheet" '
        f'Target="worksheets/sheet{number}.xml"/>'
        for number in range(1, len(sheets) + 1)
    )
    contents = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
        f"<sheets>{books}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}">{relations}'
        "</Relationships>",
    }
    for number, rows in enumerate(sheets, start=1):
        contents[f"xl/worksheets/sheet{number}.xml"] = (
            f'<worksheet xmlns="{_MAIN}"><sheetData>'
            + "".join(_row(number, row) for number, row in enumerate(rows, start=1))
            + "</sheetData></worksheet>"
        )
    return zipped(contents)


def _row(number, cells):
    return f'<row r="{number}">{"".join(map(_cell(number), range(len(cells)), cells))}</row>'


def _cell(number):
    def cell(column, value):
        name = f"{chr(65 + column)}{number}"
        if isinstance(value, int):
            return f'<c r="{name}"><v>{value}</v></c>'
        return f'<c r="{name}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'

    return cell
