// A database on files: an append-only log for each of 4 buckets, an index in memory that is rebuilt at the start, and
// compaction into a new file that takes the old one's place. Commands come from the input.
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

struct Bucket {
    path: PathBuf,
    file: File,
    index: BTreeMap<String, (u64, usize)>,
    garbage: usize,
}

impl Bucket {
    fn open(path: PathBuf) -> io::Result<Bucket> {
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(&path)?;
        let mut content = Vec::new();
        file.seek(SeekFrom::Start(0))?;
        file.read_to_end(&mut content)?;
        let (mut index, mut at, mut garbage) = (BTreeMap::new(), 0, 0);
        while at + 8 <= content.len() {
            let length = |from: usize| u32::from_le_bytes([content[from], content[from + 1], content[from + 2], content[from + 3]]);
            let (key, value) = (length(at) as usize, length(at + 4));
            let name = String::from_utf8_lossy(&content[at + 8..at + 8 + key]).into_owned();
            at += 8 + key;
            let old = if value == u32::MAX {
                index.remove(&name)
            } else {
                let old = index.insert(name, (at as u64, value as usize));
                at += value as usize;
                old
            };
            garbage += old.is_some() as usize;
        }
        Ok(Bucket { path, file, index, garbage })
    }

    fn append(&mut self, key: &str, value: Option<&[u8]>) -> io::Result<()> {
        let end = self.file.seek(SeekFrom::End(0))?;
        let mut record = Vec::new();
        record.extend((key.len() as u32).to_le_bytes());
        record.extend(value.map_or(u32::MAX, |value| value.len() as u32).to_le_bytes());
        record.extend(key.as_bytes());
        record.extend(value.unwrap_or(&[]));
        self.file.write_all(&record)?;
        let old = match value {
            Some(value) => self.index.insert(key.into(), (end + 8 + key.len() as u64, value.len())),
            None => self.index.remove(key),
        };
        self.garbage += old.is_some() as usize;
        if self.garbage > 200 {
            self.compact()?;
        }
        Ok(())
    }

    fn get(&mut self, key: &str) -> io::Result<Option<Vec<u8>>> {
        let (offset, length) = match self.index.get(key) {
            Some(place) => *place,
            None => return Ok(None),
        };
        let mut value = vec![0; length];
        self.file.seek(SeekFrom::Start(offset))?;
        self.file.read_exact(&mut value)?;
        Ok(Some(value))
    }

    fn compact(&mut self) -> io::Result<()> {
        let temporary = self.path.with_extension("new");
        let keys: Vec<String> = self.index.keys().cloned().collect();
        let mut made = Bucket { path: self.path.clone(), file: OpenOptions::new().read(true).append(true).create_new(true).open(&temporary)?, index: BTreeMap::new(), garbage: 0 };
        for key in keys {
            if let Some(value) = self.get(&key)? {
                made.append(&key, Some(&value))?;
            }
        }
        made.file.sync_all()?;
        fs::rename(&temporary, &self.path)?;
        *self = made;
        Ok(())
    }
}

fn run(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder.join("data"))?;
    let mut buckets = Vec::new();
    for number in 0..4 {
        buckets.push(Bucket::open(folder.join("data").join(format!("bucket{}.log", number)))?);
    }
    let bucket = |key: &str| key.bytes().fold(7usize, |sum, byte| sum * 31 % 65521 + byte as usize) % 4;
    for line in io::stdin().lock().lines() {
        let line = line?;
        let mut words = line.splitn(3, ' ');
        match (words.next(), words.next(), words.next()) {
            (Some("set"), Some(key), Some(value)) => buckets[bucket(key)].append(key, Some(value.as_bytes()))?,
            (Some("delete"), Some(key), None) => buckets[bucket(key)].append(key, None)?,
            (Some("get"), Some(key), None) => match buckets[bucket(key)].get(key)? {
                Some(value) => println!("{} = {}", key, String::from_utf8_lossy(&value)),
                None => println!("{} is not there", key),
            },
            (Some("truncate"), None, None) => {
                for bucket in &mut buckets {
                    bucket.file.set_len(0)?;
                    *bucket = Bucket::open(bucket.path.clone())?;
                }
            }
            (Some("list"), None, None) => {
                let mut names: Vec<(String, u64)> = Vec::new();
                for entry in fs::read_dir(folder.join("data"))? {
                    let entry = entry?;
                    names.push((entry.file_name().to_string_lossy().into_owned(), entry.metadata()?.len()));
                }
                names.sort();
                println!("{:?}", names);
            }
            _ => println!("? {}", line),
        }
    }
    let sizes: Vec<usize> = buckets.iter().map(|bucket| bucket.index.len()).collect();
    println!("{:?}", sizes);
    fs::write(folder.join("summary.txt"), format!("{:?}\n", sizes))?;
    fs::remove_file(folder.join("nothing")).or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })
}

fn main() {
    let folder = std::env::args().nth(1).unwrap_or_else(|| ".".into());
    if let Err(error) = run(Path::new(&folder)) {
        eprintln!("{}", error);
        std::process::exit(2);
    }
}
