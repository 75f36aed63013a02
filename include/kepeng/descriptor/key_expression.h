// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Key expressions (BIP380): `[fingerprint/path]key/path/*`, the keys inside output descriptors.
//
// The key is a public key in hex, a private key (WIF), or an extended key with steps that are derived for each index.
// Where it goes decides which forms are allowed. Values; any thread. Errors are texts for the user.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <kepeng/base/result.h>
#include <kepeng/descriptor/extended_key.h>

namespace kepeng::descriptor {

// XOnly: inside of tr(), where 64 digits are a key too.
enum class KeyForms : std::uint8_t { All, Compressed, XOnly };
enum class Children : std::uint8_t { None, Plain, Hardened };

class KeyExpression {
 public:
  static Result<KeyExpression, std::string> parse(std::string_view text, KeyForms forms,
                                                  const params::NetworkParams& network, const crypto::Signer& signer);

  bool is_ranged() const { return children_ != Children::None; }
  bool has_private_key() const { return has_private_key_; }
  bool is_compressed() const { return !std::holds_alternative<Bytes>(key_) || std::get<Bytes>(key_).size() == 33; }
  // The expression with every private key replaced by its public one.
  const std::string& public_text() const { return public_text_; }
  // The public key at this index; nullopt where only a private key could tell.
  std::optional<Bytes> key_at(std::uint32_t index, const crypto::Signer& signer) const;

 private:
  Result<Unit, std::string> parse_steps(std::string_view steps);
  Result<Unit, std::string> parse_key(std::string_view text, KeyForms forms, const params::NetworkParams& network,
                                      const crypto::Signer& signer);

  std::variant<Bytes, ExtendedPublicKey, ExtendedPrivateKey> key_;
  std::vector<std::uint32_t> steps_;
  Children children_ = Children::None;
  bool has_private_key_ = false;
  std::string public_text_;
};

}  // namespace kepeng::descriptor
