//! Packs the charting library for pages that carry it: plotly.js out of the crate `plotly`, compressed
//! as gzip and written in base64, since it stands inside an HTML file. So neither the program nor a
//! page holds its five megabytes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::{Compression, write::GzEncoder};
use std::io::Write;
use std::path::PathBuf;
use std::{env, fs};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed=build.rs");
    let sources = plotly::Plot::offline_js_sources();
    // The crate gives script elements; the first is plotly.js, the second typesets formulas.
    let (_, rest) = sources.split_once('>').ok_or("plotly gives no script")?;
    let (script, _) = rest.split_once("</script>").ok_or("plotly's script does not end")?;
    if !script.contains("plotly.js v") {
        return Err("plotly's first script is not plotly.js".into());
    }
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    packer.write_all(script.as_bytes())?;
    let packed = STANDARD.encode(packer.finish()?);
    let folder = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(folder.join("plotly.js.gz.base64"), packed)?;
    // Its licence asks that its notice travels along; the packed text cannot be read.
    let notice: Vec<&str> = script
        .lines()
        .filter_map(|line| line.trim().strip_prefix("* "))
        .take(4)
        .map(str::trim)
        .collect();
    fs::write(folder.join("plotly.notice"), notice.join(" "))?;
    Ok(())
}
