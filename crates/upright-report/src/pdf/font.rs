//! A font of which a part is embedded.

use super::stream::{compressed, failed};
use crate::error::ReportError;
use pdf_writer::types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::{Filter, Finish as _, Name, Pdf, Rect, Ref, Str};
use resvg::usvg::fontdb::{Database, ID};
use resvg::usvg::layout::PositionedGlyph;
use std::collections::BTreeMap;
use subsetter::GlyphRemapper;
use ttf_parser::{Face, GlyphId};

/// How glyphs are numbered: as the embedded part has them.
const NUMBERED: SystemInfo<'static> =
    SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };

/// A font and what is shown of it.
pub(super) struct Font {
    pub(super) id: ID,
    /// How many of its units are as wide as an em.
    pub(super) units_per_em: f32,
    /// The widths of its glyphs, in its units.
    advances: Vec<u16>,
    used: GlyphRemapper,
    /// What each embedded glyph stands for.
    texts: BTreeMap<u16, String>,
}

impl Font {
    pub(super) fn new(fonts: &Database, id: ID) -> Result<Self, ReportError> {
        let (units_per_em, advances) = with_face(fonts, id, |face, _, _| {
            let advance = |glyph| face.glyph_hor_advance(GlyphId(glyph)).unwrap_or(0);
            let advances = (0..face.number_of_glyphs()).map(advance).collect();
            Ok((f32::from(face.units_per_em()), advances))
        })?;
        let (used, texts) = (GlyphRemapper::new(), BTreeMap::new());
        Ok(Self { id, units_per_em, advances, used, texts })
    }

    /// The width of a glyph, as a share of an em.
    pub(super) fn advance(&self, glyph: u16) -> f32 {
        f32::from(self.advances.get(usize::from(glyph)).copied().unwrap_or(0)) / self.units_per_em
    }

    /// Embeds a glyph too; returns its number in the embedded part.
    pub(super) fn show(&mut self, glyph: &PositionedGlyph) -> u16 {
        let number = self.used.remap(glyph.id.0);
        self.texts.entry(number).or_insert_with(|| glyph.text.clone());
        number
    }

    /// Writes what is used of the font, as `font`.
    pub(super) fn embed(
        &self,
        fonts: &Database,
        font: Ref,
        next: &mut Ref,
        pdf: &mut Pdf,
    ) -> Result<(), ReportError> {
        let [glyphs, descriptor, texts, file] = [(); 4].map(|()| next.bump());
        with_face(fonts, self.id, |face, data, index| {
            let part = subsetter::subset(data, index, &self.used).map_err(failed)?;
            let name = format!("{}+{}", self.tag(), family(face));
            let name = Name(name.as_bytes());
            let thousandths = |units: i16| 1000.0 * f32::from(units) / self.units_per_em;

            let mut written = pdf.type0_font(font);
            written.base_font(name).encoding_predefined(Name(b"Identity-H"));
            written.descendant_font(glyphs).to_unicode(texts);
            written.finish();

            let mut written = pdf.cid_font(glyphs);
            written.subtype(CidFontType::Type2).base_font(name).system_info(NUMBERED);
            written.font_descriptor(descriptor).cid_to_gid_map_predefined(Name(b"Identity"));
            let widths = self.used.remapped_gids().map(|glyph| 1000.0 * self.advance(glyph));
            written.widths().consecutive(0, widths);
            written.finish();

            let bounds = face.global_bounding_box();
            let [left, bottom, right, top] =
                [bounds.x_min, bounds.y_min, bounds.x_max, bounds.y_max].map(thousandths);
            pdf.font_descriptor(descriptor)
                .name(name)
                .flags(FontFlags::SYMBOLIC)
                .bbox(Rect::new(left, bottom, right, top))
                .italic_angle(face.italic_angle())
                .ascent(thousandths(face.ascender()))
                .descent(thousandths(face.descender()))
                .cap_height(thousandths(face.capital_height().unwrap_or(face.ascender())))
                .stem_v(if face.is_bold() { 160.0 } else { 80.0 })
                .font_file2(file);

            let part_compressed = compressed(&part)?;
            let mut stream = pdf.stream(file, &part_compressed);
            stream.filter(Filter::FlateDecode);
            stream.pair(Name(b"Length1"), i32::try_from(part.len()).map_err(failed)?);
            stream.finish();
            let map = compressed(&self.meanings())?;
            pdf.cmap(texts, &map).filter(Filter::FlateDecode);
            Ok(())
        })
    }

    /// What the glyphs stand for, so that text can be searched and copied.
    fn meanings(&self) -> Vec<u8> {
        let mut map = UnicodeCmap::<u16>::new(Name(b"Texts"), NUMBERED);
        for (&number, text) in &self.texts {
            map.pair_with_multiple(number, text.chars());
        }
        map.finish().into_vec()
    }

    /// Six letters that tell this part of the font from others.
    fn tag(&self) -> String {
        let mix =
            |sum: u64, glyph: u16| (sum ^ u64::from(glyph)).wrapping_mul(0x0000_0100_0000_01b3);
        let mut sum = self.used.remapped_gids().fold(0xcbf2_9ce4_8422_2325, mix);
        let letters = [(); 6].map(|()| {
            let letter = (sum % 26) as u8;
            sum /= 26;
            char::from(b'A' + letter)
        });
        letters.into_iter().collect()
    }
}

/// A font's name for programs, without spaces.
fn family(face: &Face<'_>) -> String {
    let mut names = face.names().into_iter();
    let name = names
        .find(|name| name.name_id == ttf_parser::name_id::POST_SCRIPT_NAME && name.is_unicode());
    name.and_then(|name| name.to_string()).unwrap_or_else(|| "Font".to_owned())
}

/// What `read` makes of a font: of its tables, its data and its index in them.
fn with_face<T>(
    fonts: &Database,
    id: ID,
    read: impl FnOnce(&Face<'_>, &[u8], u32) -> Result<T, ReportError>,
) -> Result<T, ReportError> {
    let read = |data: &[u8], index| {
        let face = Face::parse(data, index).map_err(failed)?;
        read(&face, data, index)
    };
    fonts.with_face_data(id, read).unwrap_or_else(|| Err(failed("a font is not there")))
}
