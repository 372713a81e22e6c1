//! Results folders: written whole or not at all, and never over something else.
//!
//! Files are made in a hidden folder inside the target and moved to their places at the end, the
//! summary last; it names the command and every file, so that a later run of the same command can
//! take away what this one left and nothing else.

use crate::failure::Failure;
use serde_json::Value;
use std::fs;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use tempfile::TempDir;

/// The file that names the command and every file of a results folder.
pub(crate) const SUMMARY: &str = "summary.json";

/// How the names of stages begin; the number of the process that made it follows.
const STAGE: &str = ".upright-";

/// Takes away the stages of processes that were killed. Where it is not known which processes run,
/// nothing is taken away.
fn sweep(folder: &Path) {
    if !Path::new("/proc/self").exists() {
        return;
    }
    for entry in fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok) {
        let name = entry.file_name();
        let owner = name.to_str().and_then(|name| name.strip_prefix(STAGE)?.split('-').next());
        if let Some(owner) = owner.and_then(|owner| owner.parse::<u32>().ok())
            && !Path::new(&format!("/proc/{owner}")).exists()
        {
            // What cannot be taken away stays; it is in nobody's way. A search leaves files.
            let _ = fs::remove_dir_all(entry.path()).or_else(|_| fs::remove_file(entry.path()));
        }
    }
}

/// A results folder in the making.
pub(crate) struct Output {
    folder: PathBuf,
    /// What the folder held of an earlier run, to be taken away.
    earlier: Vec<PathBuf>,
    stage: TempDir,
    /// Paths of the files, relative to the folder.
    files: Mutex<Vec<PathBuf>>,
    /// Whether the folder was made for this output.
    made: bool,
    finished: bool,
}

impl Output {
    /// Prepares `folder` for the results of `command`.
    ///
    /// # Errors
    /// Where it holds something else, or cannot be written.
    pub(crate) fn prepare(folder: &Path, command: &str) -> Result<Self, Failure> {
        let earlier = earlier_files(folder, command)?;
        let made = !folder.exists();
        fs::create_dir_all(folder).map_err(Failure::writing(folder))?;
        sweep(folder);
        let stage = tempfile::Builder::new()
            .prefix(&format!("{STAGE}{}-", std::process::id()))
            .tempdir_in(folder)
            .map_err(Failure::writing(folder));
        let stage = match stage {
            Ok(stage) => stage,
            Err(failure) => {
                if made {
                    // Only empty folders go; nothing else could be done about a failure here.
                    let _ = fs::remove_dir(folder);
                }
                return Err(failure);
            }
        };
        let files = Mutex::new(Vec::new());
        Ok(Self { folder: folder.to_path_buf(), earlier, stage, files, made, finished: false })
    }

    /// Writes one file; it appears in the folder when the output is finished.
    pub(crate) fn write(
        &self,
        name: impl AsRef<Path>,
        fill: impl FnOnce(&mut (dyn Write + Send)) -> std::io::Result<()>,
    ) -> Result<(), Failure> {
        let name = name.as_ref();
        let path = self.stage.path().join(name);
        let write = || {
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            let mut file = BufWriter::new(fs::File::create(&path)?);
            fill(&mut file)?;
            file.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_data()
        };
        write().map_err(Failure::writing(&self.folder.join(name)))?;
        let mut files = self.files.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        files.push(name.to_path_buf());
        Ok(())
    }

    /// Writes one file of these bytes.
    pub(crate) fn write_bytes(&self, name: impl AsRef<Path>, bytes: &[u8]) -> Result<(), Failure> {
        self.write(name, |writer| writer.write_all(bytes))
    }

    /// Moves everything to its place, with `summary` as the last file.
    /// Answers the summary as written.
    pub(crate) fn finish(mut self, command: &str, summary: &Value) -> Result<Value, Failure> {
        let mut files: Vec<PathBuf> = {
            let mut files = self.files.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            std::mem::take(&mut *files)
        };
        files.sort();
        let mut whole = of_command(command, summary);
        let names = files.iter().map(|file| file.to_string_lossy().into_owned().into());
        whole["files"] = Value::Array(names.collect());
        let text = pretty(&whole);
        self.write_bytes(SUMMARY, text.as_bytes())?;

        // Without its summary the folder is nobody's: what is interrupted here is refused by the
        // next run, not taken for a whole result.
        for file in
            std::iter::once(Path::new(SUMMARY)).chain(self.earlier.iter().map(PathBuf::as_path))
        {
            let path = self.folder.join(file);
            if path.exists() {
                fs::remove_file(&path).map_err(Failure::writing(&path))?;
            }
        }
        for folder in self.earlier.iter().flat_map(|file| file.ancestors().skip(1)) {
            // Folders that an earlier run made and this one does not fill; others are not empty.
            if folder != Path::new("") {
                let _ = fs::remove_dir(self.folder.join(folder));
            }
        }
        for file in files.iter().map(PathBuf::as_path).chain([Path::new(SUMMARY)]) {
            let path = self.folder.join(file);
            let place = || {
                if let Some(parent) = path.parent() {
                    fs::create_dir_all(parent)?;
                }
                fs::rename(self.stage.path().join(file), &path)
            };
            place().map_err(Failure::writing(&path))?;
        }
        self.finished = true;
        Ok(whole)
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if self.made && !self.finished {
            // The stage goes first, or the folder is not empty; a folder that is not stays.
            let _ = fs::remove_dir_all(self.stage.path());
            let _ = fs::remove_dir(&self.folder);
        }
    }
}

/// A summary with the command that made it.
pub(crate) fn of_command(command: &str, summary: &Value) -> Value {
    let mut whole = serde_json::json!({"command": command});
    if let (Some(whole), Some(summary)) = (whole.as_object_mut(), summary.as_object()) {
        whole.extend(summary.clone());
    }
    whole
}

/// JSON as files and standard output have it.
pub(crate) fn pretty(value: &Value) -> String {
    // A tree of values always has a text.
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}

/// The files that an earlier run of `command` left in `folder`.
fn earlier_files(folder: &Path, command: &str) -> Result<Vec<PathBuf>, Failure> {
    let refuse = |reason: String| Failure::Occupied { folder: folder.to_path_buf(), reason };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(_) if folder.is_file() => return Err(refuse("is a file".to_owned())),
        Err(error) => return Err(Failure::reading(folder)(error)),
    };
    let path = folder.join(SUMMARY);
    if !path.exists() {
        let foreign = entries
            .filter_map(Result::ok)
            .find(|entry| !entry.file_name().to_string_lossy().starts_with(STAGE));
        return match foreign {
            None => Ok(Vec::new()),
            Some(entry) => Err(refuse(format!(
                "the folder holds {}, which is no result of `upright {command}`",
                entry.file_name().to_string_lossy()
            ))),
        };
    }
    let text = fs::read_to_string(&path).map_err(Failure::reading(&path))?;
    let summary: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
    match summary["command"].as_str() {
        Some(earlier) if earlier == command => {}
        Some(earlier) => {
            return Err(refuse(format!("the folder holds results of `upright {earlier}`")));
        }
        None => {
            return Err(refuse("the folder holds a summary.json of another program".to_owned()));
        }
    }
    let files = summary["files"].as_array().into_iter().flatten().filter_map(Value::as_str);
    // Only what lies within the folder is ours to take away.
    let inside = |file: &PathBuf| {
        file.components().all(|part| matches!(part, std::path::Component::Normal(_)))
    };
    Ok(files.map(PathBuf::from).filter(inside).collect())
}
