// SPDX-License-Identifier: Apache-2.0
//! The tree of files (102 221 §8).

use zeroize::Zeroize;

/// Stands for the current application in a path (102 221 §8.3).
pub(crate) const CURRENT_APPLICATION: u16 = 0x7FFF;
/// The master file.
pub(crate) const MASTER_FILE: u16 = 0x3F00;

/// Names a file of one [`FileSystem`], which alone makes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileIndex(usize);

impl FileIndex {
    pub(crate) const MASTER_FILE: Self = Self(0);
}

/// A directory or an elementary file.
#[derive(Clone)]
pub(crate) struct File {
    /// File identifier; an application without one can be selected by AID only.
    pub(crate) id: Option<u16>,
    pub(crate) parent: FileIndex,
    pub(crate) content: Content,
    /// Short file identifier, 1 to 30.
    pub(crate) short_id: Option<u8>,
    pub(crate) read: ReadRule,
    pub(crate) update: UpdateRule,
    pub(crate) deactivated: bool,
    /// What the FCP adds to the size of a transparent file, in bytes.
    pub(crate) overstated_by: usize,
}

/// What a file holds.
#[derive(Clone)]
pub(crate) enum Content {
    Directory {
        /// The application identifier, when the directory is one of an application.
        aid: Option<Vec<u8>>,
    },
    Transparent(Vec<u8>),
    Records {
        structure: RecordStructure,
        /// At least one, all of one length.
        records: Vec<Vec<u8>>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RecordStructure {
    LinearFixed,
    Cyclic,
}

/// Who may read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReadRule {
    Always,
    Pin,
    Never,
    SecureChannel,
}

/// Who may write a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UpdateRule {
    Adm,
    SecureChannel,
}

impl File {
    /// An activated file that everybody may read, and write with ADM1.
    pub(crate) const fn new(parent: FileIndex, id: Option<u16>, content: Content) -> Self {
        Self {
            id,
            parent,
            content,
            short_id: None,
            read: ReadRule::Always,
            update: UpdateRule::Adm,
            deactivated: false,
            overstated_by: 0,
        }
    }

    pub(crate) fn with_short_id(mut self, short_id: u8) -> Self {
        self.short_id = Some(short_id);
        self
    }

    pub(crate) const fn is_directory(&self) -> bool {
        matches!(self.content, Content::Directory { .. })
    }

    pub(crate) const fn aid(&self) -> Option<&Vec<u8>> {
        match &self.content {
            Content::Directory { aid } => aid.as_ref(),
            _ => None,
        }
    }
}

impl Drop for Content {
    fn drop(&mut self) {
        if let Self::Transparent(bytes) = self {
            bytes.zeroize();
        }
    }
}

/// All files of a card.
#[derive(Clone)]
pub(crate) struct FileSystem {
    master_file: File,
    others: Vec<File>,
}

impl FileSystem {
    pub(crate) const fn new() -> Self {
        let content = Content::Directory { aid: None };
        Self {
            master_file: File::new(FileIndex::MASTER_FILE, Some(MASTER_FILE), content),
            others: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, file: File) -> FileIndex {
        self.others.push(file);
        FileIndex(self.others.len())
    }

    pub(crate) fn forget_short_ids(&mut self) {
        self.others.iter_mut().for_each(|file| file.short_id = None);
    }

    pub(crate) fn get(&self, index: FileIndex) -> &File {
        index.0.checked_sub(1).and_then(|other| self.others.get(other)).unwrap_or(&self.master_file)
    }

    pub(crate) fn get_mut(&mut self, index: FileIndex) -> &mut File {
        index
            .0
            .checked_sub(1)
            .and_then(|other| self.others.get_mut(other))
            .unwrap_or(&mut self.master_file)
    }

    pub(crate) fn parent(&self, index: FileIndex) -> FileIndex {
        self.get(index).parent
    }

    /// The directory itself, or the one an elementary file stands in.
    pub(crate) fn directory_of(&self, index: FileIndex) -> FileIndex {
        if self.get(index).is_directory() { index } else { self.parent(index) }
    }

    fn indices(&self) -> impl Iterator<Item = FileIndex> {
        (1..=self.others.len()).map(FileIndex)
    }

    fn children(&self, directory: FileIndex) -> impl Iterator<Item = FileIndex> {
        self.indices().filter(move |child| self.parent(*child) == directory)
    }

    pub(crate) fn child(&self, directory: FileIndex, id: u16) -> Option<FileIndex> {
        self.children(directory).find(|child| self.get(*child).id == Some(id))
    }

    pub(crate) fn child_by_short_id(&self, directory: FileIndex, id: u8) -> Option<FileIndex> {
        self.children(directory).find(|child| self.get(*child).short_id == Some(id))
    }

    /// The file that a path of file identifiers leads to.
    pub(crate) fn follow(&self, from: FileIndex, path: &[[u8; 2]]) -> Option<FileIndex> {
        path.iter().try_fold(from, |directory, id| self.child(directory, u16::from_be_bytes(*id)))
    }

    /// The first application whose identifier begins with these bytes.
    pub(crate) fn application(&self, beginning: &[u8]) -> Option<FileIndex> {
        self.indices()
            .find(|index| self.get(*index).aid().is_some_and(|aid| aid.starts_with(beginning)))
    }
}
