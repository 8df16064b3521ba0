// SPDX-License-Identifier: Apache-2.0

//! The table itself, from the OMA registry: id, name, type, multiple, mandatory.

use super::{DataType, ObjectDefinition, ResourceDefinition, ValueDefinition};

/// Resources by ascending id: `id "name" type flags;`, a flag being a field that is true.
macro_rules! resources {
    ($($id:literal $name:literal $data_type:ident $($flag:ident)*;)+) => {
        &[$(ResourceDefinition {
            $($flag: true,)*
            ..single_optional($id, $name, DataType::$data_type)
        }),+]
    };
}

/// All objects, by ascending id.
pub(super) static OBJECTS: &[ObjectDefinition] = &[
    multiple(0, "LwM2M Security", SECURITY),
    multiple(1, "LwM2M Server", SERVER),
    multiple(2, "LwM2M Access Control", ACCESS_CONTROL),
    single(3, "Device", DEVICE),
    single(4, "Connectivity Monitoring", CONNECTIVITY_MONITORING),
    single(5, "Firmware Update", FIRMWARE_UPDATE),
    single(6, "Location", LOCATION),
    single(7, "Connectivity Statistics", CONNECTIVITY_STATISTICS),
    multiple(9, "LwM2M Software Management", SOFTWARE_MANAGEMENT),
    single(10, "LwM2M Cellular Connectivity", CELLULAR_CONNECTIVITY),
    multiple(11, "LwM2M APN Connection Profile", APN_CONNECTION_PROFILE),
    multiple(12, "WLAN connectivity", WLAN_CONNECTIVITY),
    single(13, "LwM2M Bearer Selection", BEARER_SELECTION),
    multiple(16, "Portfolio", PORTFOLIO),
    multiple(21, "LwM2M OSCORE", OSCORE),
];

/// The values of object 0.
pub(crate) static SECURITY_VALUES: [ValueDefinition; SECURITY.len()] = values(SECURITY);

/// The values of object 1.
pub(crate) static SERVER_VALUES: [ValueDefinition; SERVER.len()] = values(SERVER);

/// The values of object 2.
pub(crate) static ACCESS_CONTROL_VALUES: [ValueDefinition; ACCESS_CONTROL.len()] =
    values(ACCESS_CONTROL);

/// The values of object 21.
pub(crate) static OSCORE_VALUES: [ValueDefinition; OSCORE.len()] = values(OSCORE);

/// Object 0, version 1.2.
const SECURITY: &[ResourceDefinition] = resources! {
    0 "LwM2M Server URI" String mandatory;
    1 "Bootstrap-Server" Boolean mandatory;
    2 "Security Mode" Integer mandatory;
    3 "Public Key or Identity" Opaque mandatory;
    4 "Server Public Key" Opaque mandatory;
    5 "Secret Key" Opaque mandatory secret;
    6 "SMS Security Mode" Integer;
    7 "SMS Binding Key Parameters" Opaque;
    8 "SMS Binding Secret Key(s)" Opaque secret;
    9 "LwM2M Server SMS Number" String;
    10 "Short Server ID" Integer;
    11 "Client Hold Off Time" Integer;
    12 "Bootstrap-Server Account Timeout" Integer;
    13 "Matching Type" UnsignedInteger;
    14 "SNI" String;
    15 "Certificate Usage" UnsignedInteger;
    16 "DTLS/TLS Ciphersuite" UnsignedInteger multiple;
    17 "OSCORE Security Mode" ObjectLink;
    18 "Groups To Use by Client" UnsignedInteger multiple;
    19 "Signature Algorithms Supported by Server" UnsignedInteger multiple;
    20 "Signature Algorithms To Use by Client" UnsignedInteger multiple;
    21 "Signature Algorithm Certs Supported by Server" UnsignedInteger multiple;
    22 "TLS 1.3 Features To Use by Client" UnsignedInteger;
    23 "TLS Extensions Supported by Server" UnsignedInteger;
    24 "TLS Extensions To Use by Client" UnsignedInteger;
    25 "Secondary LwM2M Server URI" String multiple;
    26 "MQTT Server" ObjectLink;
    27 "LwM2M COSE Security" ObjectLink multiple;
    28 "RDS Destination Port" Integer;
    29 "RDS Source Port" Integer;
    30 "RDS Application ID" String;
};

/// Object 1, version 1.2.
const SERVER: &[ResourceDefinition] = resources! {
    0 "Short Server ID" Integer mandatory;
    1 "Lifetime" Integer mandatory;
    2 "Default Minimum Period" Integer;
    3 "Default Maximum Period" Integer;
    4 "Disable" None;
    5 "Disable Timeout" Integer;
    6 "Notification Storing When Disabled or Offline" Boolean mandatory;
    7 "Binding" String mandatory;
    8 "Registration Update Trigger" None mandatory;
    9 "Bootstrap-Request Trigger" None;
    10 "APN Link" ObjectLink;
    11 "TLS-DTLS Alert Code" UnsignedInteger;
    12 "Last Bootstrapped" Time;
    13 "Registration Priority Order" UnsignedInteger;
    14 "Initial Registration Delay Timer" UnsignedInteger;
    15 "Registration Failure Block" Boolean;
    16 "Bootstrap on Registration Failure" Boolean;
    17 "Communication Retry Count" UnsignedInteger;
    18 "Communication Retry Timer" UnsignedInteger;
    19 "Communication Sequence Delay Timer" UnsignedInteger;
    20 "Communication Sequence Retry Count" UnsignedInteger;
    21 "Trigger" Boolean;
    22 "Preferred Transport" String;
    23 "Mute Send" Boolean;
    24 "Alternate APN Links" ObjectLink multiple;
    25 "Supported Server Versions" String multiple;
    26 "Default Notification Mode" Integer;
    27 "Profile ID Hash Algorithm" UnsignedInteger;
};

/// Object 2, version 1.1.
const ACCESS_CONTROL: &[ResourceDefinition] = resources! {
    0 "Object ID" Integer mandatory;
    1 "Object Instance ID" Integer mandatory;
    2 "ACL" Integer multiple;
    3 "Access Control Owner" Integer mandatory;
};

/// Object 3, version 1.3.
const DEVICE: &[ResourceDefinition] = resources! {
    0 "Manufacturer" String;
    1 "Model Number" String;
    2 "Serial Number" String;
    3 "Firmware Version" String;
    4 "Reboot" None mandatory;
    5 "Factory Reset" None;
    6 "Available Power Sources" Integer multiple;
    7 "Power Source Voltage" Integer multiple;
    8 "Power Source Current" Integer multiple;
    9 "Battery Level" Integer;
    10 "Memory Free" Integer;
    11 "Error Code" Integer multiple mandatory;
    12 "Reset Error Code" None;
    13 "Current Time" Time;
    14 "UTC Offset" String;
    15 "Timezone" String;
    16 "Supported Binding and Modes" String mandatory;
    17 "Device Type" String;
    18 "Hardware Version" String;
    19 "Software Version" String;
    20 "Battery Status" Integer;
    21 "Memory Total" Integer;
    22 "ExtDevInfo" ObjectLink multiple;
};

/// Object 4, version 1.3.
const CONNECTIVITY_MONITORING: &[ResourceDefinition] = resources! {
    0 "Network Bearer" Integer mandatory;
    1 "Available Network Bearer" Integer multiple mandatory;
    2 "Radio Signal Strength" Integer mandatory;
    3 "Link Quality" Integer;
    4 "IP Addresses" String multiple mandatory;
    5 "Router IP Addresses" String multiple;
    6 "Link Utilization" Integer;
    7 "APN" String multiple;
    8 "Cell ID" Integer;
    9 "SMNC" Integer;
    10 "SMCC" Integer;
    11 "SignalSNR" Integer;
    12 "LAC" Integer;
    13 "Coverage Enhancement Level" Integer;
};

/// Object 5, version 1.2.
const FIRMWARE_UPDATE: &[ResourceDefinition] = resources! {
    0 "Package" Opaque mandatory;
    1 "Package URI" String mandatory;
    2 "Update" None mandatory;
    3 "State" Integer mandatory;
    5 "Update Result" Integer mandatory;
    6 "PkgName" String;
    7 "PkgVersion" String;
    8 "Firmware Update Protocol Support" Integer multiple;
    9 "Firmware Update Delivery Method" Integer mandatory;
    10 "Cancel" None;
    11 "Severity" Integer;
    12 "Last State Change Time" Time;
    13 "Maximum Defer Period" UnsignedInteger;
    14 "Automatic Upgrade at Download" Boolean;
};

/// Object 6, version 1.0.
const LOCATION: &[ResourceDefinition] = resources! {
    0 "Latitude" Float mandatory;
    1 "Longitude" Float mandatory;
    2 "Altitude" Float;
    3 "Radius" Float;
    4 "Velocity" Opaque;
    5 "Timestamp" Time mandatory;
    6 "Speed" Float;
};

/// Object 7, version 1.0.
const CONNECTIVITY_STATISTICS: &[ResourceDefinition] = resources! {
    0 "SMS Tx Counter" Integer;
    1 "SMS Rx Counter" Integer;
    2 "Tx Data" Integer;
    3 "Rx Data" Integer;
    4 "Max Message Size" Integer;
    5 "Average Message Size" Integer;
    6 "Start" None mandatory;
    7 "Stop" None mandatory;
    8 "Collection Period" Integer;
};

/// Object 9, version 1.1.
const SOFTWARE_MANAGEMENT: &[ResourceDefinition] = resources! {
    0 "PkgName" String mandatory;
    1 "PkgVersion" String mandatory;
    2 "Package" Opaque;
    3 "Package URI" String;
    4 "Install" None mandatory;
    5 "Checkpoint" ObjectLink;
    6 "Uninstall" None mandatory;
    7 "Update State" Integer mandatory;
    8 "Update Supported Objects" Boolean;
    9 "Update Result" Integer mandatory;
    10 "Activate" None mandatory;
    11 "Deactivate" None mandatory;
    12 "Activation State" Boolean mandatory;
    13 "Package Settings" ObjectLink;
    14 "User Name" String;
    15 "Password" String secret;
    16 "Status Reason" String;
    17 "Software Component Link" ObjectLink multiple;
    18 "Software Component tree length" Integer;
    19 "Start" None mandatory;
    20 "Stop" None mandatory;
    21 "Operational State" UnsignedInteger mandatory;
    22 "Purge" None;
};

/// Object 10, version 1.1.
const CELLULAR_CONNECTIVITY: &[ResourceDefinition] = resources! {
    0 "SMSC address" String;
    1 "Disable radio period" Integer;
    2 "Module activation code" String secret;
    3 "Vendor specific extensions" ObjectLink;
    4 "PSM Timer" Integer;
    5 "Active Timer" Integer;
    7 "eDRX parameters for Iu mode" Opaque;
    8 "eDRX parameters for WB-S1 mode" Opaque;
    9 "eDRX parameters for NB-S1 mode" Opaque;
    10 "eDRX parameters for A/Gb mode" Opaque;
    11 "Activated Profile Names" ObjectLink multiple mandatory;
    12 "Supported Power Saving Modes" UnsignedInteger;
    13 "Active Power Saving Modes" UnsignedInteger;
    14 "Release Assistance Indication Usage" UnsignedInteger;
};

/// Object 11, version 1.1; the digits in brackets belong to the registered names.
const APN_CONNECTION_PROFILE: &[ResourceDefinition] = resources! {
    0 "Profile name" String mandatory;
    1 "APN" String;
    2 "Auto select APN by device" Boolean;
    3 "Enable status" Boolean;
    4 "Authentication Type" Integer mandatory;
    5 "User Name" String;
    6 "Secret" String secret;
    7 "Reconnect Schedule" String;
    8 "Validity (MCC, MNC)" String multiple;
    9 "Connection establishment time (1)" Time multiple;
    10 "Connection establishment result (1)" Integer multiple;
    11 "Connection establishment reject cause (1)" Integer multiple;
    12 "Connection end time (1)" Time multiple;
    13 "TotalBytesSent" Integer;
    14 "TotalBytesReceived" Integer;
    15 "IP address (2)" String multiple;
    16 "Prefix length(2)" String multiple;
    17 "Subnet mask (2)" String multiple;
    18 "Gateway (2)" String multiple;
    19 "Primary DNS address (2)" String multiple;
    20 "Secondary DNS address (2)" String multiple;
    21 "QCI (3)" Integer;
    22 "Vendor specific extensions" ObjectLink;
    23 "TotalPacketsSent" Integer;
    24 "PDN Type" Integer;
    25 "APN Rate Control" Integer;
    26 "Serving PLMN Rate control" UnsignedInteger;
    27 "Uplink Time Unit" UnsignedInteger;
    28 "APN Rate Control for Exception Data" Integer;
    29 "APN Exception Data Uplink Time Unit" UnsignedInteger;
    30 "Supported RAT Types" UnsignedInteger multiple;
    31 "RDS Application ID" String multiple;
    32 "RDS Destination Port" Integer multiple;
    33 "RDS Source Port" Integer multiple;
};

/// Object 12, version 1.1.
const WLAN_CONNECTIVITY: &[ResourceDefinition] = resources! {
    0 "Interface name" String mandatory;
    1 "Enable" Boolean mandatory;
    2 "Radio Enabled" Integer;
    3 "Status" Integer mandatory;
    4 "BSSID" String mandatory;
    5 "SSID" String mandatory;
    6 "Broadcast SSID" Boolean;
    7 "Beacon Enabled" Boolean;
    8 "Mode" Integer mandatory;
    9 "Channel" Integer mandatory;
    10 "Auto Channel" Boolean;
    11 "Supported Channels" Integer multiple;
    12 "Channels In Use" Integer multiple;
    13 "Regulatory Domain" String;
    14 "Standard" Integer mandatory;
    15 "Authentication Mode" Integer mandatory;
    16 "Encryption Mode" Integer;
    17 "WPA Pre Shared Key" String secret;
    18 "WPA Key Phrase" String secret;
    19 "WEP Encryption Type" Integer;
    20 "WEP Key Index" Integer;
    21 "WEP Key Phrase" String secret;
    22 "WEP Key 1" String secret;
    23 "WEP Key 2" String secret;
    24 "WEP Key 3" String secret;
    25 "WEP Key 4" String secret;
    26 "RADIUS Server" String;
    27 "RADIUS Server Port" Integer;
    28 "RADIUS Secret" String secret;
    29 "WMM Supported" Boolean;
    30 "WMM Enabled" Boolean;
    31 "MAC Control Enabled" Boolean;
    32 "MAC Address List" String multiple;
    33 "Total Bytes Sent" Integer;
    34 "Total Bytes Received" Integer;
    35 "Total Packets Sent" Integer;
    36 "Total Packets Received" Integer;
    37 "Transmit Errors" Integer;
    38 "Receive Errors" Integer;
    39 "Unicast Packets Sent" Integer;
    40 "Unicast Packets Received" Integer;
    41 "Multicast Packets Sent" Integer;
    42 "Multicast Packets Received" Integer;
    43 "Broadcast Packets Sent" Integer;
    44 "Broadcast Packets Received" Integer;
    45 "Discard Packets Sent" Integer;
    46 "Discard Packets Received" Integer;
    47 "Unknown Packets Received" Integer;
    48 "Vendor specific extensions" ObjectLink;
};

/// Object 13, version 1.1.
const BEARER_SELECTION: &[ResourceDefinition] = resources! {
    0 "Preferred Communications Bearer" Integer multiple;
    1 "Acceptable RSSI (GSM)" Integer;
    2 "Acceptable RSCP (UMTS)" Integer;
    3 "Acceptable RSRP (LTE)" Integer;
    4 "Acceptable RSSI (1xEV-DO)" Integer;
    5 "Cell lock list" String;
    6 "Operator list" String;
    7 "Operator list mode" Boolean;
    8 "List of available PLMNs" String;
    9 "Vendor specific extensions" ObjectLink;
    10 "Acceptable RSRP (NB-IoT)" Integer;
    11 "Higher Priority PLMN Search Timer" Integer;
    12 "Attach without PDN connection" Boolean;
};

/// Object 16, version 1.0.
const PORTFOLIO: &[ResourceDefinition] = resources! {
    0 "Identity" String multiple mandatory;
    1 "GetAuthData" None;
    2 "AuthData" Opaque multiple secret;
    3 "AuthStatus" Integer;
};

/// Object 21, version 2.0; before it, the opaque values were registered as strings.
const OSCORE: &[ResourceDefinition] = resources! {
    0 "OSCORE Master Secret" Opaque mandatory secret;
    1 "OSCORE Sender ID" Opaque mandatory;
    2 "OSCORE Recipient ID" Opaque mandatory;
    3 "OSCORE AEAD Algorithm" Integer;
    4 "OSCORE HMAC Algorithm" Integer;
    5 "OSCORE Master Salt" Opaque;
    6 "OSCORE ID Context" Opaque;
};

const fn single(
    id: u16,
    name: &'static str,
    resources: &'static [ResourceDefinition],
) -> ObjectDefinition {
    ObjectDefinition { id, name, multiple: false, resources }
}

const fn multiple(
    id: u16,
    name: &'static str,
    resources: &'static [ResourceDefinition],
) -> ObjectDefinition {
    ObjectDefinition { id, name, multiple: true, resources }
}

const fn single_optional(id: u16, name: &'static str, data_type: DataType) -> ResourceDefinition {
    ResourceDefinition { id, name, data_type, multiple: false, mandatory: false, secret: false }
}

/// What the values of resources are.
#[allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "the compiler runs it, and stops at a wrong index"
)]
const fn values<const N: usize>(resources: &[ResourceDefinition]) -> [ValueDefinition; N] {
    let mut values = [ValueDefinition { id: 0, data_type: DataType::None, multiple: false }; N];
    let mut place = 0;
    while place < N {
        let ResourceDefinition { id, data_type, multiple, .. } = resources[place];
        values[place] = ValueDefinition { id, data_type, multiple };
        place += 1;
    }
    values
}
