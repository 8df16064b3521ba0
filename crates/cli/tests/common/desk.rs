// SPDX-License-Identifier: Apache-2.0
//! A directory to work in.

use std::path::PathBuf;

use tempfile::TempDir;

/// A directory to work in.
pub(crate) struct Desk {
    directory: TempDir,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self { directory: TempDir::new().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Puts a file there that nobody else can read.
    pub(crate) fn put(&self, name: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
        }
        self
    }

    /// Puts a card description there, the sample with some of it replaced.
    pub(crate) fn put_card(&self, name: &str, changes: &[(&str, &str)]) -> &Self {
        let mut description = simstrap_virtual_card::SAMPLE.to_owned();
        for (from, to) in changes {
            assert!(description.contains(from), "the sample has {from}");
            description = description.replace(from, to);
        }
        self.put(name, description)
    }
}
