//! The workspace's Rust files, as text.

use std::fs;
use std::path::{Path, PathBuf};

/// One Rust file of the workspace.
pub(crate) struct SourceFile {
    /// Its path from the repository's root, with `/`.
    pub(crate) path: String,
    /// What is in it.
    pub(crate) text: String,
}

impl SourceFile {
    /// Its lines with their numbers from 1, without those that are comments only, and without test modules at its end.
    pub(crate) fn code_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text
            .lines()
            .take_while(|line| !line.starts_with("mod tests {"))
            .enumerate()
            .map(|(index, line)| (index + 1, line))
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// Whether the file has a `mod` line for `name`, so that `use name::…` stays at home.
    pub(crate) fn declares_module(&self, name: &str) -> bool {
        [
            format!("mod {name};"),
            format!("pub mod {name};"),
            format!("pub(crate) mod {name};"),
        ]
        .iter()
        .any(|declaration| self.text.lines().any(|line| line.trim() == declaration))
    }
}

/// The repository's root.
pub(crate) fn repository() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests
        .parent()
        .expect("the package lies in the workspace")
        .to_path_buf()
}

/// All Rust files whose path begins with `prefix`, in order; tests of pure modules in files of their own are left out.
pub(crate) fn source_files(prefix: &str) -> Vec<SourceFile> {
    let root = repository();
    let mut paths = Vec::new();
    collect(&root, &mut paths);
    paths.sort();
    let mut files = Vec::new();
    for path in paths {
        let relative = path.strip_prefix(&root).expect("it was found below the root");
        let relative = relative.to_string_lossy().replace('\\', "/");
        let is_proof = !prefix.is_empty() && relative.contains("/src/") && is_test_file(&relative);
        if relative.starts_with(prefix) && !is_proof {
            let text = fs::read_to_string(&path).expect("a source file is text");
            files.push(SourceFile { path: relative, text });
        }
    }
    files
}

fn is_test_file(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.contains("/tests/")
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of the workspace can be read") {
        let path = entry.expect("its entries too").path();
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        if path.is_dir() {
            if name != "target" && !name.starts_with('.') {
                collect(&path, paths);
            }
        } else if name.ends_with(".rs") {
            paths.push(path);
        }
    }
}
