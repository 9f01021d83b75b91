//! Finding the stamp's area in the bytes of a program, and filling it.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use memchr::memmem;

use super::{AREA_BYTES, MAGIC_BYTES, Stamp, magic};

/// What became of a program.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Stamped {
    /// It has an area, at this offset, and the stamp is in it now.
    At(usize),
    /// It has no area and is unchanged.
    NoArea,
}

/// Why a program cannot be stamped.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum StampError {
    #[error("the stamp has {found} bytes, but there is room for {}", AREA_BYTES - MAGIC_BYTES - 1)]
    Length { found: usize },
    #[error("there is more than one area for the stamp, at {first:#x} and {second:#x}")]
    Several { first: usize, second: usize },
    #[error("the area for the stamp at {offset:#x} is cut short")]
    Short { offset: usize },
}

/// Writes `stamp` into the area of `program`, if it has one. What was in the area is replaced.
///
/// # Errors
///
/// When there is more than one area, or the stamp does not fit.
///
/// # Panics
///
/// Never: a stamp has only string keys.
pub fn write(program: &mut [u8], stamp: &Stamp) -> Result<Stamped, StampError> {
    let magic = magic();
    let mut found = memmem::find_iter(program, &magic);
    let Some(offset) = found.next() else {
        return Ok(Stamped::NoArea);
    };
    if let Some(second) = found.next() {
        return Err(StampError::Several { first: offset, second });
    }
    let text = serde_json::to_vec(stamp).expect("a stamp has only string keys");
    let room = program.get_mut(offset..offset + AREA_BYTES).ok_or(StampError::Short { offset })?;
    let room = &mut room[MAGIC_BYTES..];
    // One byte stays zero: it ends the text.
    if text.len() >= room.len() {
        return Err(StampError::Length { found: text.len() });
    }
    room.fill(0);
    room[..text.len()].copy_from_slice(&text);
    Ok(Stamped::At(offset))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp() -> Stamp {
        Stamp {
            format_version: 1,
            version: "1.2.3".to_owned(),
            revision: None,
            source_date: 7,
            target: "x86_64-unknown-linux-musl".to_owned(),
            toolchain: None,
        }
    }

    fn program(areas: usize) -> Vec<u8> {
        let mut program = b"before".to_vec();
        for _ in 0..areas {
            program.extend(super::super::empty_area());
            program.extend(b"between");
        }
        program
    }

    #[test]
    fn fills_the_one_area_and_nothing_else() {
        let before = program(1);
        let mut after = before.clone();
        assert_eq!(write(&mut after, &stamp()), Ok(Stamped::At(6)));
        let text = &after[6 + MAGIC_BYTES..];
        let end = text.iter().position(|byte| *byte == 0).unwrap();
        assert_eq!(serde_json::from_slice::<Stamp>(&text[..end]).unwrap(), stamp());
        assert_eq!(after[..6 + MAGIC_BYTES], before[..6 + MAGIC_BYTES]);
        assert_eq!(after[6 + AREA_BYTES..], before[6 + AREA_BYTES..]);
    }

    #[test]
    fn a_second_stamp_replaces_the_first() {
        let (mut once, mut twice) = (program(1), program(1));
        let longer = Stamp { version: "10.20.30-rc.1".to_owned(), ..stamp() };
        write(&mut twice, &longer).unwrap();
        write(&mut twice, &stamp()).unwrap();
        write(&mut once, &stamp()).unwrap();
        assert_eq!(once, twice);
    }

    #[test]
    fn leaves_a_program_without_area_alone() {
        let mut bytes = program(0);
        assert_eq!(write(&mut bytes, &stamp()), Ok(Stamped::NoArea));
        assert_eq!(bytes, program(0));
    }

    #[test]
    fn refuses_what_it_cannot_stamp() {
        let second = 6 + AREA_BYTES + 7;
        assert_eq!(write(&mut program(2), &stamp()), Err(StampError::Several { first: 6, second }));
        assert_eq!(write(&mut program(1)[..500], &stamp()), Err(StampError::Short { offset: 6 }));
        let long = Stamp { version: "9".repeat(992), ..stamp() };
        assert!(matches!(write(&mut program(1), &long), Err(StampError::Length { .. })));
    }
}
