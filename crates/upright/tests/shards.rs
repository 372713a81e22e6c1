//! A study in shards, merged to the bytes of the whole, and the schedulers' examples.

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn upright(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_upright"));
    command.args(arguments).current_dir(root()).output().expect("the program runs")
}

/// A study of 23 short runs into `out`, or a part of it.
fn study(out: &Path, more: &[&str]) -> Output {
    let out = out.to_str().expect("a text path");
    let mut all = vec!["batch", "scenarios/noisy-sensors.yaml", "--set", "simulation.duration=0.5"];
    all.extend(["--runs", "23", "--quiet", "--figures", "svg", "--out", out]);
    all.extend(more);
    upright(&all)
}

fn merge(parts: &[PathBuf], out: &Path) -> Output {
    let mut all =
        vec!["merge", "--quiet", "--parquet", "--out", out.to_str().expect("a text path")];
    all.extend(parts.iter().map(|part| part.to_str().expect("a text path")));
    upright(&all)
}

fn summary(folder: &Path) -> Value {
    let text = fs::read(folder.join("summary.json")).expect("a summary");
    serde_json::from_slice(&text).expect("JSON")
}

#[test]
fn merged_shards_are_the_unsharded_study_byte_for_byte() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = folder.path().join("whole");
    assert!(study(&whole, &["--parquet"]).status.success());
    for count in [1, 2, 5, 30] {
        let mut parts: Vec<PathBuf> = (1..=count)
            .map(|index| {
                let part = folder.path().join(format!("{count}-{index}"));
                let shard = format!("{index}/{count}");
                let output = study(&part, &["--shard", &shard, "--threads", "1"]);
                assert!(output.status.success(), "{shard}: {output:?}");
                part
            })
            .collect();
        if count == 1 {
            continue;
        }
        // In whatever order a shell lists them.
        parts.rotate_left(count / 2);
        let out = folder.path().join(format!("merged-{count}"));
        let output = merge(&parts, &out);
        assert!(output.status.success(), "{output:?}");
        for file in ["batch.csv", "batch.parquet", "batch.svg", "scenario.yaml"] {
            let same = fs::read(out.join(file)).ok() == fs::read(whole.join(file)).ok();
            assert!(same, "{file} of {count} shards");
        }
        let (merged, single) = (summary(&out), summary(&whole));
        for key in
            ["runs", "upright", "settled", "verdicts", "metrics", "steps", "scenario", "seed"]
        {
            assert_eq!(merged[key], single[key], "{key} of {count} shards");
        }
    }
}

#[test]
fn what_are_not_all_shards_of_one_study_is_refused_with_the_one_that_is_wrong() {
    let folder = tempfile::tempdir().expect("a folder");
    let part = |name: &str, more: &[&str]| {
        let part = folder.path().join(name);
        assert!(study(&part, more).status.success());
        part
    };
    let (one, two) = (part("one", &["--shard", "1/3"]), part("two", &["--shard", "2/3"]));
    let three = part("three", &["--shard", "3/3"]);
    let (seed, half) =
        (part("seed", &["--shard", "3/3", "--seed", "7"]), part("half", &["--shard", "2/2"]));
    let (whole, cut) = (part("whole", &[]), part("cut", &["--shard", "3/3"]));
    let rows = fs::read_to_string(cut.join("batch.csv")).expect("rows");
    let shorter: Vec<&str> = rows.lines().take(3).collect();
    fs::write(cut.join("batch.csv"), shorter.join("\n") + "\n").expect("written");
    let out = folder.path().join("out");
    for (parts, code, word) in [
        (vec![&one, &two], 2, "shard 3/3 is missing"),
        (vec![&one, &three], 2, "shard 2/3 is missing"),
        (vec![&one, &two, &two, &three], 2, "shard 2/3 is given twice"),
        (vec![&one, &two, &seed], 2, "seed: its"),
        (vec![&one, &half], 2, "half: it is shard 2/2"),
        (vec![&whole], 2, "names no shard"),
        (vec![&one, &two, &cut], 2, "cut: batch.csv was altered"),
    ] {
        let parts: Vec<PathBuf> = parts.into_iter().cloned().collect();
        let output = merge(&parts, &out);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(said.contains(word), "{word}: {said}");
        assert!(!out.exists(), "{word}");
    }
    let output = study(&out, &["--shard", "4/3"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("4/3"));
}

/// Runs a script as a scheduler would, with `upright` in the path; returns its rows.
#[cfg(unix)]
fn as_scheduled(script: &str, folder: &Path, variables: &[(&str, &str)]) {
    let binary = Path::new(env!("CARGO_BIN_EXE_upright")).parent().expect("a folder");
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap_or_default());
    let output = Command::new("sh")
        .args(["-euc", script])
        .current_dir(root())
        .env("PATH", path)
        .env("STUDY", folder)
        .env("RUNS", "20")
        .envs(variables.iter().copied())
        .output()
        .expect("a shell");
    assert!(output.status.success(), "{output:?}");
}

#[cfg(unix)]
#[test]
fn the_examples_of_slurm_and_kubernetes_make_shards_that_merge() {
    let folder = tempfile::tempdir().expect("a folder");
    let slurm =
        fs::read_to_string(root().join("examples/schedulers/slurm.sbatch")).expect("a script");
    let kubernetes = fs::read_to_string(root().join("examples/schedulers/kubernetes.yaml"));
    let kubernetes = kubernetes.expect("a manifest");
    // The script within the manifest: what is indented under `- |`.
    let (_, script) = kubernetes.split_once("- |\n").expect("a script");
    let (script, _) = script.split_once("          resources:").expect("what follows");
    for kind in ["slurm", "kubernetes"] {
        let study = folder.path().join(kind);
        for index in 0..4 {
            let (zero, one) = (index.to_string(), (index + 1).to_string());
            match kind {
                "slurm" => as_scheduled(
                    &slurm,
                    &study,
                    &[("SLURM_ARRAY_TASK_ID", &one), ("SLURM_ARRAY_TASK_COUNT", "4")],
                ),
                _ => as_scheduled(
                    script,
                    &study,
                    &[
                        ("JOB_COMPLETION_INDEX", &zero),
                        ("SHARDS", "4"),
                        ("SCENARIO", "scenarios/nominal.yaml"),
                    ],
                ),
            }
        }
        let parts: Vec<PathBuf> = (1..=4).map(|i| study.join(format!("shard-{i}"))).collect();
        let out = study.join("whole");
        let output = merge(&parts, &out);
        assert!(output.status.success(), "{output:?}");
        assert_eq!(summary(&out)["runs"], 20);
    }
}
