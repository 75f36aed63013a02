// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/crypto/ellswift.h>

#include <algorithm>

#include <kepeng/base/assert.h>
#include <kepeng/crypto/sha256.h>

#include "field.h"

namespace kepeng::crypto {
namespace {

// x^3 + 7, the square of y on the curve.
FieldElement curve(const FieldElement& x) {
  return x.square() * x + FieldElement{7};
}

bool is_x_coordinate(const FieldElement& x) {
  return curve(x).sqrt().has_value();
}

// BIP324: the x coordinate that (u, t) stands for.
FieldElement xswiftec(FieldElement u, FieldElement t) {
  if (u.is_zero()) u = FieldElement{1};
  if (t.is_zero()) t = FieldElement{1};
  if ((curve(u) + t.square()).is_zero()) t = t + t;
  const FieldElement big_x = (curve(u) - t.square()) / (t + t);
  const FieldElement big_y = (big_x + t) / (FieldElement::minus_three_sqrt() * u);
  const FieldElement doubled = big_y + big_y;
  const FieldElement first = u + doubled.square();
  if (is_x_coordinate(first)) return first;
  const FieldElement quotient = big_x / big_y;
  const FieldElement second = (-quotient - u).half();
  if (is_x_coordinate(second)) return second;
  const FieldElement third = (quotient - u).half();
  KP_ASSERT(is_x_coordinate(third));  // one of the three always is
  return third;
}

struct Halves {
  FieldElement s;
  FieldElement v;
};

// For solutions where x is the second or third candidate of decoding.
std::optional<Halves> halves_of_later_candidates(const FieldElement& x, const FieldElement& u) {
  if (is_x_coordinate(-x - u)) return std::nullopt;
  return Halves{-curve(u) / (u.square() + u * x + x.square()), x};
}

// For solutions where x is the first candidate; `second` asks for the other root.
std::optional<Halves> halves_of_first_candidate(const FieldElement& x, const FieldElement& u, bool second) {
  const FieldElement s = x - u;
  if (s.is_zero()) return std::nullopt;
  const FieldElement inside = -s * (FieldElement{4} * curve(u) + FieldElement{3} * s * u.square());
  const std::optional<FieldElement> r = inside.sqrt();
  if (!r || (second && r->is_zero())) return std::nullopt;
  return Halves{s, (*r / s - u).half()};
}

std::optional<FieldElement> inverse(const FieldElement& x, const FieldElement& u, unsigned which) {
  const bool odd = (which & 1) != 0;
  const auto halves = (which & 2) == 0 ? halves_of_later_candidates(x, u) : halves_of_first_candidate(x, u, odd);
  if (!halves) return std::nullopt;
  const std::optional<FieldElement> w = halves->s.sqrt();
  if (!w) return std::nullopt;
  const FieldElement root = FieldElement::minus_three_sqrt();
  const FieldElement scale = odd ? FieldElement{1} + root : FieldElement{1} - root;
  const FieldElement t = *w * ((u * scale).half() + halves->v);
  const bool negative = odd == ((which & 4) != 0);
  return negative ? -t : t;
}

}  // namespace

Hash32 ellswift_decode(const EllSwiftKey& encoded) {
  return xswiftec(FieldElement::from_bytes(encoded.data()), FieldElement::from_bytes(encoded.data() + 32)).to_bytes();
}

std::optional<Hash32> xswiftec_inverse(const Hash32& x, const Hash32& u, unsigned which) {
  KP_ASSERT(which < 8);
  const auto t = inverse(FieldElement::from_bytes(x.data()), FieldElement::from_bytes(u.data()), which);
  if (!t) return std::nullopt;
  return t->to_bytes();
}

EllSwiftKey ellswift_create(const Signer& signer, const PrivateKey& key, const Hash32& randomness) {
  const Hash32 x_bytes = signer.xonly_key(key).key;
  const FieldElement x = FieldElement::from_bytes(x_bytes.data());
  // The private key goes in as well, so that weak randomness still gives encodings that others cannot foresee.
  const Sha256 seeded = tagged_hash("kepeng/ellswift create").write(randomness).write(key.bytes());
  for (std::uint32_t attempt = 0;; ++attempt) {
    std::array<std::uint8_t, 5> counter{};
    store_le(counter.data(), attempt);
    const Hash32 u_bytes = Sha256{seeded}.write(counter).finalize();
    counter[4] = 1;
    const unsigned which = Sha256{seeded}.write(counter).finalize()[0] & 7u;
    const FieldElement u = FieldElement::from_bytes(u_bytes.data());
    if (u.is_zero()) continue;
    const auto t = inverse(x, u, which);
    if (!t) continue;
    EllSwiftKey encoded;
    const Hash32 first = u.to_bytes(), second = t->to_bytes();
    std::copy(first.begin(), first.end(), encoded.begin());
    std::copy(second.begin(), second.end(), encoded.begin() + 32);
    KP_ASSERT(ellswift_decode(encoded) == x_bytes);
    return encoded;
  }
}

Hash32 ellswift_ecdh_x(const Signer& signer, const PrivateKey& key, const EllSwiftKey& theirs) {
  // Both points with this x give the same shared x: take the one with even y.
  const Hash32 x = ellswift_decode(theirs);
  CompressedKey point{0x02};
  std::copy(x.begin(), x.end(), point.begin() + 1);
  const std::optional<Hash32> shared = signer.ecdh_x(key, point);
  KP_ASSERT(shared.has_value());  // every decoded x is on the curve
  return *shared;
}

Hash32 v2_ecdh(const Signer& signer, const PrivateKey& key, const EllSwiftExchange& exchange) {
  const Hash32 shared = ellswift_ecdh_x(signer, key, exchange.theirs);
  const bool initiating = exchange.role == V2Role::Initiator;
  return tagged_hash("bip324_ellswift_xonly_ecdh")
      .write(initiating ? exchange.ours : exchange.theirs)
      .write(initiating ? exchange.theirs : exchange.ours)
      .write(shared)
      .finalize();
}

}  // namespace kepeng::crypto
