// SPDX-License-Identifier: Apache-2.0
//! A client that knows nothing of the switches reads the file through each quirk and each pair
//! of them, under both protocols, or gets the documented refusal.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use simstrap_scp03::apdu::{Aid, CardFiles, LogicalChannel, Path, blocking};
use simstrap_virtual_card::{CardDescription, CardQuirk, TransmissionProtocol, VirtualCard};

/// What these make of a card cannot be read.
const UNREADABLE: [CardQuirk; 4] = [
    CardQuirk::AllChannelsTaken6a81,
    CardQuirk::AllChannelsTaken6881,
    CardQuirk::EndlessMoreData,
    CardQuirk::DeactivatedFile,
];

fn card(protocol: TransmissionProtocol, quirks: &[CardQuirk]) -> VirtualCard {
    let mut description = CardDescription::sample().unwrap();
    description.protocol = protocol;
    description.quirks = quirks.iter().copied().collect();
    VirtualCard::new(&description).unwrap()
}

/// ICCID and the first bytes of the bootstrap file, or the error in words.
fn read(card: &mut VirtualCard) -> Result<(String, Vec<u8>), String> {
    let mut channel = LogicalChannel::new(card);
    blocking::run(channel.open()).unwrap().map_err(|error| error.to_string())?;
    let mut files = CardFiles::new(channel);
    let reading = async {
        let iccid = files.iccid().await?;
        let aid = Aid::from_bytes(b"\xA0\x00\x00\x00\x63PKCS-15").unwrap();
        files.select_application(&aid).await?;
        let path = Path::from_bytes(&[0x64, 0x32]).unwrap();
        let size = files.select(&path).await?.fcp.unwrap().size.unwrap();
        let mut data = vec![0; size];
        let length = files.read_binary(&path, 0, &mut data).await?;
        data.truncate(length);
        Ok::<_, simstrap_scp03::apdu::FileError<_>>((iccid.to_string(), data))
    };
    blocking::run(reading).unwrap().map_err(|error| error.to_string())
}

fn check(protocol: TransmissionProtocol, quirks: &[CardQuirk]) {
    let mut card = card(protocol, quirks);
    let result = read(&mut card);
    let context = || format!("{protocol:?} {quirks:?}\n{}", card.transcript());
    if quirks.iter().any(|quirk| UNREADABLE.contains(quirk)) {
        assert!(result.is_err(), "{}", context());
        return;
    }
    let (iccid, data) = result.map_err(|error| format!("{error}: {}", context())).unwrap();
    assert_eq!(iccid, "8988211000000123458");
    let example = CardDescription::sample().unwrap().bootstrap.data.unwrap();
    let has = |quirk| quirks.contains(&quirk);
    let cut = if has(CardQuirk::DeclaredSizeLargerThanFile) { 8 } else { 0 };
    let (expected, _) = example.expose().split_at(example.expose().len() - cut);
    assert!(data.starts_with(expected), "{}", context());
    let padding = match (cut, has(CardQuirk::PaddedFile)) {
        (_, true) => 2,
        (0, false) => 130,
        _ => 0,
    };
    assert_eq!(data.len(), expected.len() + padding, "{}", context());
}

#[test]
fn every_quirk_and_every_pair_is_read_or_refused() {
    for protocol in [TransmissionProtocol::T0, TransmissionProtocol::T1] {
        check(protocol, &[]);
        for (index, first) in CardQuirk::ALL.into_iter().enumerate() {
            check(protocol, &[first]);
            for second in CardQuirk::ALL.into_iter().skip(index + 1) {
                check(protocol, &[first, second]);
            }
        }
    }
}
