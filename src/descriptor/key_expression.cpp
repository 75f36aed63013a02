// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/descriptor/key_expression.h>

#include <fmt/core.h>

#include <charconv>

#include <kepeng/base/hex.h>
#include <kepeng/descriptor/address.h>

namespace kepeng::descriptor {
namespace {

constexpr std::size_t kFingerprintDigits = 8;
constexpr std::size_t kStepsMax = 255;  // as deep as extended keys go

Err<std::string> refuse(std::string message) {
  return Err{std::move(message)};
}

bool is_hex(std::string_view text) {
  return from_hex(text).has_value();
}

// "44h" or "44'"
Result<std::uint32_t, std::string> parse_step(std::string_view text) {
  const bool is_hardened = !text.empty() && (text.back() == 'h' || text.back() == '\'');
  std::string_view digits = text.substr(0, text.size() - (is_hardened ? 1 : 0));
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (digits.empty() || end != digits.data() + digits.size() || error == std::errc::invalid_argument) {
    return refuse(fmt::format("Key path value '{}' is not a valid uint32", text));
  }
  if (error != std::errc{} || number >= kHardened) {
    return refuse(fmt::format("Key path value {} is out of range", digits));
  }
  return is_hardened ? number | kHardened : number;
}

// The steps of "a/b/c"; none of the empty text.
Result<std::vector<std::uint32_t>, std::string> parse_path(std::string_view text) {
  std::vector<std::uint32_t> path;
  while (!text.empty()) {
    if (path.size() == kStepsMax) return refuse("A key path is too long");
    text.remove_prefix(1);  // the slash
    const std::string_view step = text.substr(0, text.find('/'));
    KP_TRY(const std::uint32_t number, parse_step(step));
    path.push_back(number);
    text.remove_prefix(step.size());
  }
  return path;
}

Result<Unit, std::string> check_origin(std::string_view origin) {
  const std::string_view fingerprint = origin.substr(0, origin.find('/'));
  if (fingerprint.size() != kFingerprintDigits) {
    return refuse(
        fmt::format("Fingerprint is not 4 bytes ({} characters instead of 8 characters)", fingerprint.size()));
  }
  if (!is_hex(fingerprint)) return refuse(fmt::format("Fingerprint '{}' is not hex", fingerprint));
  KP_TRY_VOID(parse_path(origin.substr(fingerprint.size())));
  return Unit{};
}

}  // namespace

Result<KeyExpression, std::string> KeyExpression::parse(std::string_view text, KeyForms forms,
                                                        const params::NetworkParams& network,
                                                        const crypto::Signer& signer) {
  KeyExpression expression;
  std::string_view rest = text;
  if (rest.starts_with('[')) {
    const std::size_t end = rest.find(']');
    if (end == std::string_view::npos) return refuse("Key origin start '[ character expected but not found");
    KP_TRY_VOID(check_origin(rest.substr(1, end - 1)));
    expression.public_text_ = rest.substr(0, end + 1);
    rest.remove_prefix(end + 1);
  }
  if (rest.find_first_of("[]") != std::string_view::npos) {
    return refuse("Multiple ']' characters found for a single pubkey");
  }
  const std::string_view key = rest.substr(0, rest.find('/'));
  if (key.empty()) return refuse("No key provided");
  KP_TRY_VOID(expression.parse_key(key, forms, network, signer));
  const std::string_view steps = rest.substr(key.size());
  if (std::holds_alternative<Bytes>(expression.key_) && !steps.empty()) {
    return refuse(fmt::format("key '{}' has steps, but is no extended key", key));
  }
  KP_TRY_VOID(expression.parse_steps(steps));
  expression.public_text_ += steps;
  return expression;
}

Result<Unit, std::string> KeyExpression::parse_key(std::string_view text, KeyForms forms,
                                                   const params::NetworkParams& network, const crypto::Signer& signer) {
  if (const auto bytes = from_hex(text)) {
    const bool is_xonly = forms == KeyForms::XOnly && bytes->size() == 32;
    Bytes key = is_xonly ? Bytes{2} : Bytes{};
    append(key, *bytes);
    const bool is_plain = key.size() == 33 || (key.size() == 65 && key[0] == 4);
    if (!is_plain || !crypto::is_valid_public_key(key)) return refuse(fmt::format("Pubkey '{}' is invalid", text));
    key_ = std::move(key);
    public_text_ += text;
  } else if (const auto wif = parse_wif(text, network)) {
    has_private_key_ = true;
    const auto compressed = signer.public_key(wif->key);
    Bytes key(compressed.begin(), compressed.end());
    if (!wif->is_compressed) {
      const auto whole = *crypto::decompress_public_key(compressed);
      key.assign(whole.begin(), whole.end());
    }
    public_text_ += to_hex(forms == KeyForms::XOnly ? ByteView{key}.subspan(1) : ByteView{key});
    key_ = std::move(key);
  } else if (auto xpub = parse_extended_public_key(text, network)) {
    key_ = *xpub;
    public_text_ += text;
  } else if (auto xprv = parse_extended_private_key(text, network)) {
    has_private_key_ = true;
    public_text_ += to_text(xprv->neuter(signer), network);
    key_ = std::move(xprv).value();
  } else {
    return refuse(fmt::format("key '{}' is not valid", text.substr(0, 200)));
  }
  if (forms != KeyForms::All && !is_compressed()) return refuse("Uncompressed keys are not allowed");
  return Unit{};
}

Result<Unit, std::string> KeyExpression::parse_steps(std::string_view steps) {
  for (const auto& [ending, children] : {std::pair{std::string_view{"/*"}, Children::Plain},
                                         {std::string_view{"/*h"}, Children::Hardened},
                                         {std::string_view{"/*'"}, Children::Hardened}}) {
    if (!steps.ends_with(ending)) continue;
    children_ = children;
    steps.remove_suffix(ending.size());
    break;
  }
  KP_TRY(steps_, parse_path(steps));
  return Unit{};
}

std::optional<Bytes> KeyExpression::key_at(std::uint32_t index, const crypto::Signer& signer) const {
  if (const Bytes* key = std::get_if<Bytes>(&key_)) return *key;
  std::vector<std::uint32_t> path = steps_;
  if (is_ranged()) path.push_back(children_ == Children::Hardened ? index | kHardened : index);
  std::optional<ExtendedPublicKey> derived;
  if (const auto* xpub = std::get_if<ExtendedPublicKey>(&key_)) {
    derived = xpub->derive(path);
  } else if (const auto child = std::get<ExtendedPrivateKey>(key_).derive(path, signer)) {
    derived = child->neuter(signer);
  }
  if (!derived) return std::nullopt;
  return Bytes(derived->key.begin(), derived->key.end());
}

}  // namespace kepeng::descriptor
