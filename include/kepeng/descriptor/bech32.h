// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Bech32 and Bech32m (BIP173, BIP350): human-readable part, separator, five-bit symbols, six of them checksum.
//
// Decoding accepts all lower or all upper case and gives lower case. `locate_errors` says where a text that does not
// decode went wrong, up to two wrong symbols; it never says what would be right (BIP173 warns against that). Pure
// functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kepeng/base/bytes.h>

namespace kepeng::descriptor {

enum class Bech32Checksum : std::uint8_t { Bech32, Bech32m };

inline constexpr std::size_t kBech32CharactersMax = 90;

struct Bech32Text {
  Bech32Checksum checksum = Bech32Checksum::Bech32;
  std::string prefix;  // the human-readable part
  Bytes symbols;       // 0 to 31 each, without the checksum
};

// The prefix is lower case.
std::string encode_bech32(const Bech32Text& content);
std::optional<Bech32Text> decode_bech32(std::string_view text);

struct Bech32Errors {
  std::string message;         // as bitcoind words it; empty when the text decodes
  std::vector<int> positions;  // in the text, ascending
};
Bech32Errors locate_bech32_errors(std::string_view text);

// Eight-bit bytes as five-bit symbols, the last one filled up with zero bits.
void append_as_symbols(Bytes& symbols, ByteView bytes);
// Back again; nullopt when a whole symbol, or bits that are not zero, are left over.
std::optional<Bytes> symbols_to_bytes(ByteView symbols);

}  // namespace kepeng::descriptor
