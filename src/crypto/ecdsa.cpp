// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/crypto/ecdsa.h>

#include <secp256k1.h>

#include <algorithm>
#include <cstring>

#include <kepeng/base/assert.h>

namespace kepeng::crypto {
namespace {

// Reads the parts of a signature as leniently as OpenSSL did before BIP66: lengths may be spelled in the long form with
// leading zeros, the length of the sequence is not looked at, and whatever follows the second number is ignored.
class LaxReader {
 public:
  explicit LaxReader(ByteView bytes) : rest_{bytes} {}

  bool tag(std::uint8_t wanted) {
    if (rest_.empty() || rest_[0] != wanted) return false;
    skip(1);
    return true;
  }

  // A length octet; in the long form, the octets that it announces are skipped unread.
  bool ignored_length() {
    if (rest_.empty()) return false;
    const std::uint8_t first = rest_[0];
    skip(1);
    if (first < 0x80) return true;
    return skip_checked(first - 0x80u);
  }

  // The magnitude of an integer without leading zeros. The sign is not looked at.
  std::optional<ByteView> integer() {
    if (!tag(0x02)) return std::nullopt;
    const std::optional<std::size_t> length = this->length();
    if (!length || *length > rest_.size()) return std::nullopt;
    const ByteView digits = rest_.first(*length);
    skip(*length);
    return digits.subspan(leading_zeros(digits));
  }

 private:
  static constexpr std::size_t kMostLengthDigits = 3;  // more than any message can hold

  static std::size_t leading_zeros(ByteView bytes) {
    const auto first = std::find_if(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte != 0; });
    return static_cast<std::size_t>(first - bytes.begin());
  }

  void skip(std::size_t count) { rest_ = rest_.subspan(count); }
  bool skip_checked(std::size_t count) {
    if (count > rest_.size()) return false;
    skip(count);
    return true;
  }

  std::optional<std::size_t> length() {
    if (rest_.empty()) return std::nullopt;
    const std::uint8_t first = rest_[0];
    skip(1);
    if (first < 0x80) return first;
    const std::size_t announced = first - 0x80u;
    if (announced > rest_.size()) return std::nullopt;
    ByteView digits = rest_.first(announced);
    skip(announced);
    digits = digits.subspan(leading_zeros(digits));
    if (digits.size() > kMostLengthDigits) return std::nullopt;
    std::size_t value = 0;
    for (const std::uint8_t digit : digits) value = (value << 8) | digit;
    return value;
  }

  ByteView rest_;
};

// False for a number of more than 32 bytes.
bool place(std::uint8_t* at, ByteView magnitude) {
  if (magnitude.size() > 32) return false;
  if (!magnitude.empty()) std::memcpy(at + 32 - magnitude.size(), magnitude.data(), magnitude.size());
  return true;
}

// nullopt where no two numbers can be found. Numbers that are out of range give the signature (0, 0), which is readable
// and never verifies.
std::optional<secp256k1_ecdsa_signature> read_lax(ByteView der) {
  LaxReader reader{der};
  if (!reader.tag(0x30) || !reader.ignored_length()) return std::nullopt;
  const std::optional<ByteView> r = reader.integer();
  if (!r) return std::nullopt;
  const std::optional<ByteView> s = reader.integer();
  if (!s) return std::nullopt;

  CompactSignature compact{};
  secp256k1_ecdsa_signature signature;
  const bool fits = place(compact.data(), *r) && place(compact.data() + 32, *s) &&
                    secp256k1_ecdsa_signature_parse_compact(secp256k1_context_static, &signature, compact.data()) == 1;
  if (!fits) {
    compact.fill(0);
    KP_ASSERT(secp256k1_ecdsa_signature_parse_compact(secp256k1_context_static, &signature, compact.data()) == 1);
  }
  return signature;
}

bool read_public_key(ByteView bytes, secp256k1_pubkey& key) {
  if (bytes.empty()) return false;
  return secp256k1_ec_pubkey_parse(secp256k1_context_static, &key, bytes.data(), bytes.size()) == 1;
}

}  // namespace

bool verify_ecdsa(ByteView public_key, ByteView der_signature, const Hash32& message_hash) {
  secp256k1_pubkey key;
  if (!read_public_key(public_key, key)) return false;
  std::optional<secp256k1_ecdsa_signature> signature = read_lax(der_signature);
  if (!signature) return false;
  // The library accepts low S only; Bitcoin accepts both.
  secp256k1_ecdsa_signature_normalize(secp256k1_context_static, &*signature, &*signature);
  return secp256k1_ecdsa_verify(secp256k1_context_static, &*signature, message_hash.data(), &key) == 1;
}

bool verify_ecdsa_compact(ByteView public_key, const CompactSignature& signature, const Hash32& message_hash) {
  secp256k1_pubkey key;
  secp256k1_ecdsa_signature parsed;
  return read_public_key(public_key, key) &&
         secp256k1_ecdsa_signature_parse_compact(secp256k1_context_static, &parsed, signature.data()) == 1 &&
         secp256k1_ecdsa_verify(secp256k1_context_static, &parsed, message_hash.data(), &key) == 1;
}

bool is_low_s(ByteView der_signature) {
  const std::optional<secp256k1_ecdsa_signature> signature = read_lax(der_signature);
  return signature && secp256k1_ecdsa_signature_normalize(secp256k1_context_static, nullptr, &*signature) == 0;
}

std::optional<CompactSignature> parse_der_lax(ByteView der_signature) {
  const std::optional<secp256k1_ecdsa_signature> signature = read_lax(der_signature);
  if (!signature) return std::nullopt;
  CompactSignature compact;
  secp256k1_ecdsa_signature_serialize_compact(secp256k1_context_static, compact.data(), &*signature);
  return compact;
}

Bytes to_der(const CompactSignature& signature) {
  Bytes der{0x30, 0};
  for (const std::size_t at : {std::size_t{0}, std::size_t{32}}) {
    ByteView digits{signature.data() + at, 32};
    while (digits.size() > 1 && digits[0] == 0) digits = digits.subspan(1);
    const bool needs_sign = digits[0] >= 0x80;
    der.push_back(0x02);
    der.push_back(static_cast<std::uint8_t>(digits.size() + (needs_sign ? 1 : 0)));
    if (needs_sign) der.push_back(0);
    append(der, digits);
  }
  der[1] = static_cast<std::uint8_t>(der.size() - 2);
  return der;
}

}  // namespace kepeng::crypto
