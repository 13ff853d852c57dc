"""Cuts NotoSans-Regular.ttf and NotoSans-Bold.ttf of Debian's fonts-noto-core
(20201225-1) down to the letters of Latin, Greek and Cyrillic, and draws the
minus sign that they have not. Needs python3-fonttools (4.38). Once run:

    python3 subset.py /usr/share/fonts/truetype/noto .
"""
import sys
from fontTools import subset
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

RANGES = [
    (0x20, 0x7E), (0xA0, 0x24F), (0x259, 0x259), (0x2BB, 0x2BC), (0x2C6, 0x2DD), (0x300, 0x304), (0x306, 0x30C), (0x31B, 0x31B),
    (0x323, 0x323), (0x326, 0x328), (0x370, 0x3FF), (0x400, 0x52F), (0x1E00, 0x1EFF), (0x2010, 0x2015), (0x2018, 0x201E),
    (0x2020, 0x2022), (0x2026, 0x2026), (0x2030, 0x2030), (0x2032, 0x2033), (0x2039, 0x203A), (0x2044, 0x2044), (0x2070, 0x209C),
    (0x20A0, 0x20BF), (0x2116, 0x2116), (0x2122, 0x2122), (0x2212, 0x2212), (0xFFFD, 0xFFFD),
]


def minus(font):
    """Draws U+2212 as the bar of the plus sign, as wide as it and a figure."""
    glyphs, plus = font.getGlyphSet(), font["glyf"]["plus"]
    stem = max(plus.coordinates[i][1] - plus.coordinates[j][1]
               for i in range(len(plus.coordinates)) for j in range(len(plus.coordinates))
               if plus.coordinates[i][0] == plus.coordinates[j][0] == plus.xMin)
    middle = (plus.yMin + plus.yMax) // 2
    pen = TTGlyphPen(glyphs)
    low, high = middle - stem // 2, middle - stem // 2 + stem
    pen.moveTo((plus.xMin, low))
    for point in ((plus.xMin, high), (plus.xMax, high), (plus.xMax, low)):
        pen.lineTo(point)
    pen.closePath()
    font.setGlyphOrder(font.getGlyphOrder() + ["minus"])
    font["glyf"]["minus"] = pen.glyph()
    font["hmtx"]["minus"] = (font["hmtx"]["plus"][0], plus.xMin)
    for table in font["cmap"].tables:
        if table.isUnicode():
            table.cmap[0x2212] = "minus"


def main(source, target):
    for weight in ("Regular", "Bold"):
        font = TTFont(f"{source}/NotoSans-{weight}.ttf", recalcTimestamp=False)
        minus(font)
        options = subset.Options()
        options.layout_features, options.hinting, options.notdef_outline, options.name_IDs = [], False, True, ["*"]
        options.drop_tables += ["GPOS", "GSUB", "GDEF", "DSIG", "STAT", "MVAR"]
        cut = subset.Subsetter(options)
        cut.populate(unicodes=[u for first, last in RANGES for u in range(first, last + 1)])
        cut.subset(font)
        font.save(f"{target}/NotoSans-{weight}.ttf")


main(*sys.argv[1:])
