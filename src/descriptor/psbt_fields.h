// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// The types of pairs that a PSBT may have, one row each: what their keys and values look like, and in which versions
// they must, may or must not be. Private to the module.
#pragma once

#include <kepeng/descriptor/psbt.h>

namespace kepeng::descriptor {

enum class PsbtScope : std::uint8_t { Global, Input, Output };
enum class Presence : std::uint8_t { Optional, Required, Forbidden };

struct PsbtField {
  using Check = Result<Unit, std::string> (*)(const PsbtField& field, const PsbtMap::Entry& entry);

  PsbtScope scope;
  std::uint8_t type;
  std::string_view name;   // as the BIPs spell it
  std::string_view label;  // as messages spell it
  std::size_t key_size;    // of the key data where it is fixed, else kAnySize
  Check check;             // of key and value; nullptr: any
  Presence in_v0 = Presence::Optional;
  Presence in_v2 = Presence::Optional;

  Presence presence(PsbtVersion version) const { return version == PsbtVersion::V0 ? in_v0 : in_v2; }
};
inline constexpr std::size_t kAnySize = SIZE_MAX;

// In the order in which they are written.
std::span<const PsbtField> psbt_fields();
// nullptr for a type that nobody defined; those are kept as they are.
const PsbtField* find_field(PsbtScope scope, ByteView key);

Result<Unit, std::string> check_pair(PsbtScope scope, ByteView key, ByteView value);
// Whether everything is there that must be, and nothing that must not.
Result<Unit, std::string> check_presence(PsbtScope scope, const PsbtMap& map, PsbtVersion version);

// Items of a serialized witness; nullopt unless they are all of `bytes`.
std::optional<std::vector<Bytes>> decode_witness_stack(ByteView bytes);

}  // namespace kepeng::descriptor
