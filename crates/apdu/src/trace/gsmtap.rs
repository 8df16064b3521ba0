// SPDX-License-Identifier: Apache-2.0
//! GSMTAP, the way Wireshark takes exchanges with SIMs: as UDP packets, or as a pcap file of such
//! packets.

use std::io::{self, Write};
use std::net::{SocketAddr, ToSocketAddrs, UdpSocket};
use std::time::Duration;

use zeroize::Zeroizing;

use super::{Exchange, Record};

/// The UDP port of GSMTAP.
pub const GSMTAP_PORT: u16 = 4729;

/// GSMTAP version 2, 4 words of header, type SIM.
const GSMTAP_START: [u8; 4] = [2, 4, 0x04, 0];
const GSMTAP_HEADER: usize = 16;
const UDP_HEADER: usize = 8;
const IPV4_HEADER: usize = 20;

/// Sends exchanges to a host as UDP packets. Nothing tells whether anybody listens.
#[derive(Debug)]
pub struct GsmtapSocket {
    socket: UdpSocket,
}

impl GsmtapSocket {
    /// Sends to the first of the addresses.
    ///
    /// # Errors
    /// When there is no such address, or no socket.
    pub fn to(address: impl ToSocketAddrs) -> io::Result<Self> {
        let address = address
            .to_socket_addrs()?
            .next()
            .ok_or_else(|| io::Error::from(io::ErrorKind::AddrNotAvailable))?;
        let any: SocketAddr =
            if address.is_ipv4() { ([0, 0, 0, 0], 0).into() } else { ([0_u16; 8], 0).into() };
        let socket = UdpSocket::bind(any)?;
        socket.connect(address)?;
        Ok(Self { socket })
    }
}

impl Record for GsmtapSocket {
    fn record(&mut self, exchange: &Exchange<'_>) -> io::Result<()> {
        let Some(packet) = packet(exchange) else {
            return Ok(());
        };
        match self.socket.send(&packet) {
            // An earlier packet was turned away: nobody listens, which is nobody's concern here.
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => Ok(()),
            result => result.map(|_| ()),
        }
    }
}

/// Writes exchanges to a pcap file. Exchanges without a response are left out.
#[derive(Debug)]
pub struct PcapFile<W> {
    writer: W,
}

impl<W: Write> PcapFile<W> {
    /// Begins a file: times in microseconds, packets of IPv4.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn new(mut writer: W) -> io::Result<Self> {
        const MAGIC: u32 = 0xA1B2_C3D4;
        const VERSION: [u16; 2] = [2, 4];
        const MAX_PACKET: u32 = 65_535;
        const LINKTYPE_IPV4: u32 = 228;
        let mut header = Vec::with_capacity(24);
        header.extend(MAGIC.to_le_bytes());
        header.extend(VERSION.iter().flat_map(|number| number.to_le_bytes()));
        header.extend([0; 8]);
        header.extend(MAX_PACKET.to_le_bytes());
        header.extend(LINKTYPE_IPV4.to_le_bytes());
        writer.write_all(&header)?;
        Ok(Self { writer })
    }
}

impl<W: Write> Record for PcapFile<W> {
    fn record(&mut self, exchange: &Exchange<'_>) -> io::Result<()> {
        let Some(packet) = packet(exchange) else {
            return Ok(());
        };
        let time = exchange.received.unwrap_or(Duration::ZERO);
        let seconds = u32::try_from(time.as_secs()).unwrap_or(u32::MAX);
        let udp = length(UDP_HEADER + packet.len());
        let ip = length(IPV4_HEADER + UDP_HEADER + packet.len());
        let mut record = Zeroizing::new(Vec::with_capacity(64 + packet.len()));
        record.extend(seconds.to_le_bytes());
        record.extend(time.subsec_micros().to_le_bytes());
        record.extend([u32::from(ip).to_le_bytes(); 2].as_flattened());
        let mut header = [0; IPV4_HEADER];
        let from_to = [127, 0, 0, 1, 127, 0, 0, 1];
        let [high, low] = ip.to_be_bytes();
        let fields = [0x45, 0, high, low, 0, 0, 0, 0, 64, 17, 0, 0].into_iter().chain(from_to);
        for (place, byte) in header.iter_mut().zip(fields) {
            *place = byte;
        }
        let sum = checksum(&header).to_be_bytes();
        record.extend(header.iter().take(10));
        record.extend(sum);
        record.extend(header.iter().skip(12));
        let port = GSMTAP_PORT.to_be_bytes();
        // No checksum, as UDP over IPv4 allows.
        record.extend([port, port, udp.to_be_bytes(), [0, 0]].as_flattened());
        record.extend(packet.iter());
        self.writer.write_all(&record)?;
        self.writer.flush()
    }
}

/// An exchange as T=0 has it on the wire, the form that Wireshark knows: five bytes of header,
/// data, response, status word.
fn packet(exchange: &Exchange<'_>) -> Option<Zeroizing<Vec<u8>>> {
    let response = exchange.response.ok()?;
    let command = exchange.command;
    let mut packet = Zeroizing::new(Vec::with_capacity(GSMTAP_HEADER + 600));
    packet.extend(GSMTAP_START);
    packet.extend([0; GSMTAP_HEADER - GSMTAP_START.len()]);
    match *command {
        [_, _, _, _] => {
            packet.extend(command);
            packet.push(0);
        }
        // Whatever there is, which Wireshark would take for nothing: as many as came.
        [class, instruction, p1, p2, 0] => {
            let came = u8::try_from(response.len().saturating_sub(2)).unwrap_or(0);
            packet.extend([class, instruction, p1, p2, came]);
        }
        // The expected length of a command with data is no part of it.
        [_, _, _, _, lc, _, ..] => packet.extend(command.iter().take(5 + usize::from(lc))),
        _ => packet.extend(command),
    }
    packet.extend(response);
    Some(packet)
}

fn length(bytes: usize) -> u16 {
    u16::try_from(bytes).unwrap_or(u16::MAX)
}

/// RFC 1071.
fn checksum(header: &[u8]) -> u16 {
    let sum: u32 = header
        .chunks_exact(2)
        .map(|pair| pair.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte)))
        .sum();
    let folded = (sum & 0xFFFF) + (sum >> 16);
    !u16::try_from(folded & 0xFFFF).unwrap_or(u16::MAX)
}
