// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Addresses: text <-> destination <-> scriptPubKey, for one network.
//
// A destination is what an address can name: a key hash, a script hash or a witness program. Parsing says what is wrong
// in bitcoind's words, which clients show, and where in the text if that is known. Private keys have their own text
// form (WIF). Pure functions; a Destination is a value.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kepeng/base/bytes.h>
#include <kepeng/base/result.h>
#include <kepeng/crypto/keys.h>
#include <kepeng/params/network.h>

namespace kepeng::descriptor {

class Destination {
 public:
  enum class Kind : std::uint8_t { PubKeyHash, ScriptHash, WitnessProgram };
  static constexpr std::size_t kProgramBytesMax = 40;

  static Destination pubkey_hash(const crypto::Hash20& hash);
  static Destination script_hash(const crypto::Hash20& hash);
  // Of this script itself.
  static Destination pay_to_script(ByteView script);
  static Destination pay_to_witness_script(ByteView script);
  // 2 to 40 bytes; version at most 16.
  static Destination witness_program(std::uint8_t version, ByteView program);
  // nullopt for scripts that no address stands for (public keys, bare multisig, data, ...).
  static std::optional<Destination> of_script(ByteView script_pubkey);

  Kind kind() const { return kind_; }
  bool is_witness() const { return kind_ == Kind::WitnessProgram; }
  std::uint8_t witness_version() const { return version_; }
  // The hash or the program.
  ByteView payload() const { return ByteView{payload_}.first(size_); }
  Bytes script() const;

  friend bool operator==(const Destination&, const Destination&) = default;

 private:
  Destination(Kind kind, std::uint8_t version, ByteView payload);

  Kind kind_;
  std::uint8_t version_ = 0;
  std::uint8_t size_ = 0;
  std::array<std::uint8_t, kProgramBytesMax> payload_{};
};

std::string to_address(const Destination& destination, const params::NetworkParams& network);

struct AddressError {
  std::string message;
  std::vector<int> positions;  // characters that are wrong, where a checksum can tell
};
Result<Destination, AddressError> parse_address(std::string_view text, const params::NetworkParams& network);

// A private key and whether its public key is used in compressed form.
struct ExportedKey {
  crypto::PrivateKey key;
  bool is_compressed = true;
};
std::string to_wif(const ExportedKey& key, const params::NetworkParams& network);
std::optional<ExportedKey> parse_wif(std::string_view text, const params::NetworkParams& network);

}  // namespace kepeng::descriptor
