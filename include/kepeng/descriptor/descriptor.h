// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Output descriptors (BIP380): text that says which scripts somebody means, with a checksum of eight characters.
//
// `infer_descriptor` names the descriptor of a script that is already there; knowing nothing but the script it gives
// pk, multi, rawtr, addr or raw. `parse_descriptor` reads addr() and raw() (BIP385). Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <kepeng/base/bytes.h>
#include <kepeng/base/result.h>
#include <kepeng/params/network.h>

namespace kepeng::descriptor {

// nullopt when the text has a character that descriptors cannot have.
std::optional<std::string> descriptor_checksum(std::string_view descriptor);
// "raw(6a)" -> "raw(6a)#4mhr9ur5". The characters are right: the caller's duty.
std::string with_checksum(std::string descriptor);

// What RPC answers show of a scriptPubKey: "desc", with its checksum, and "address", if there is one.
struct OutputNames {
  std::string descriptor;
  std::optional<std::string> address;
};
OutputNames name_output(ByteView script_pubkey, const params::NetworkParams& network);
std::string infer_descriptor(ByteView script_pubkey, const params::NetworkParams& network);
// The descriptor of the P2WSH output of a script that is known.
std::string infer_wsh_descriptor(ByteView witness_script, const params::NetworkParams& network);

// Whether a checksum must be there.
enum class ChecksumNeed { Optional, Required };

struct FixedDescriptor {
  std::string text;  // without checksum
  Bytes script;
};
// The error is a text for the user.
Result<FixedDescriptor, std::string> parse_descriptor(std::string_view text, const params::NetworkParams& network,
                                                      ChecksumNeed need);

}  // namespace kepeng::descriptor
