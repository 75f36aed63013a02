// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/crypto/bip324_cipher.h>
#include <kepeng/crypto/chacha20poly1305.h>
#include <kepeng/crypto/muhash.h>
#include <kepeng/crypto/sha256.h>
#include <kepeng/crypto/siphash.h>

#include "fuzz.h"

namespace kepeng::fuzz {
namespace {

using namespace crypto;

Seeds any_seeds() {
  Bytes counting(300);
  for (std::size_t i = 0; i < counting.size(); ++i) counting[i] = static_cast<std::uint8_t>(i);
  return {counting, Bytes(100, 0xff), Bytes(64, 0)};
}

// The key stream in pieces is the key stream; encrypted twice is the plaintext; authentication notices a changed bit.
FUZZ_TARGET(ciphers, any_seeds) {
  Input fields{input};
  const auto key = fields.array<32>();
  const AeadContext context{fields.take_bytes(fields.take() % 40), fields.array<12>()};
  const auto split = fields.take<std::uint16_t>();
  const auto changed = fields.take<std::uint16_t>();
  const auto block = fields.take<std::uint32_t>();
  const Bytes plaintext = copy_of(fields.rest());

  ChaCha20 whole{key};
  ChaCha20 pieces{key};
  whole.seek(context.nonce, block);
  pieces.seek(context.nonce, block);
  Bytes once(plaintext.size());
  Bytes twice(plaintext.size());
  whole.crypt(plaintext, once);
  const std::size_t cut = plaintext.empty() ? 0 : split % plaintext.size();
  pieces.crypt(ByteView{once}.first(cut), ByteSpan{twice}.first(cut));
  pieces.crypt(ByteView{once}.subspan(cut), ByteSpan{twice}.subspan(cut));
  KP_ASSERT(twice == plaintext);

  ChaCha20Poly1305 cipher{key};
  Bytes sealed(plaintext.size() + ChaCha20Poly1305::kTagSize);
  cipher.encrypt(plaintext, context, sealed);
  KP_ASSERT(cipher.decrypt(sealed, context, twice) && twice == plaintext);
  sealed[changed % sealed.size()] ^= static_cast<std::uint8_t>(1u << (split % 8));
  KP_ASSERT(!cipher.decrypt(sealed, context, twice));
}

// A conversation of two sides. Damaged bytes are never a packet.
FUZZ_TARGET(bip324, any_seeds) {
  Input fields{input};
  const V2Keys keys = derive_v2_keys(fields.array<32>(), fields.array<4>());
  V2Cipher sides[2] = {V2Cipher{keys, V2Role::Initiator}, V2Cipher{keys, V2Role::Responder}};
  KP_ASSERT(sides[0].send_terminator() == sides[1].receive_terminator());
  KP_ASSERT(sides[1].send_terminator() == sides[0].receive_terminator());
  for (int packet = 0; packet < 500 && !fields.empty(); ++packet) {
    const std::uint8_t choice = fields.take();
    V2Cipher& from = sides[choice & 1];
    V2Cipher& to = sides[1 - (choice & 1)];
    const V2Packet kind = (choice & 2) != 0 ? V2Packet::Decoy : V2Packet::Genuine;
    const ByteView associated = fields.take_bytes(choice >> 6);
    const ByteView contents = fields.take_bytes((choice >> 2) & 15);
    Bytes wire;
    from.encrypt(wire, contents, associated, kind);
    KP_ASSERT(wire.size() == contents.size() + V2Cipher::kExpansion);
    const std::uint32_t length =
        to.decrypt_length(std::span<const std::uint8_t, V2Cipher::kLengthSize>{wire.data(), 3});
    KP_ASSERT(length == contents.size());
    if (choice == 0xff) {
      const std::size_t place = V2Cipher::kLengthSize + fields.take() % (wire.size() - V2Cipher::kLengthSize);
      wire[place] ^= 0x10;
      KP_ASSERT(!to.decrypt(ByteSpan{wire}.subspan(V2Cipher::kLengthSize), associated));
      return;
    }
    const auto opened = to.decrypt(ByteSpan{wire}.subspan(V2Cipher::kLengthSize), associated);
    KP_ASSERT(opened && opened->kind == kind && equal(opened->contents, contents));
  }
}

// In pieces, in batches, or in one call: one hash.
FUZZ_TARGET(sha256, any_seeds) {
  Input fields{input};
  const ByteView message = input;
  Sha256 pieces;
  SipHash24 siphash{{1, 2}};
  std::vector<SegmentedMessage> batch;
  while (!fields.empty()) {
    const ByteView piece = fields.take_bytes(1 + fields.take() % 100);
    pieces.write(piece);
    batch.push_back({{piece, {}, message.first(piece.size())}});
  }
  Bytes without_lengths;
  for (const SegmentedMessage& one : batch) append(without_lengths, one.segments[0]);
  KP_ASSERT(pieces.finalize() == crypto::sha256(without_lengths));
  for (const SegmentedMessage& one : batch) siphash.write(one.segments[0]);
  KP_ASSERT(siphash.finalize() == siphash24({1, 2}, without_lengths));
  std::vector<Hash32> hashes(batch.size());
  sha256d_batch(batch, hashes.data());
  for (std::size_t i = 0; i < batch.size(); ++i) {
    Bytes joined = copy_of(batch[i].segments[0]);
    append(joined, batch[i].segments[2]);
    KP_ASSERT(hashes[i] == sha256d(joined));
  }
}

// Any state can be read; what is put in and taken out again leaves the set that was there, in whatever order.
FUZZ_TARGET(muhash, any_seeds) {
  Input fields{input};
  MuHash set;
  if (fields.flip()) set = MuHash::deserialize(fields.array<MuHash::kStateSize>());
  MuHash forwards = set;
  MuHash backwards = set;
  std::vector<ByteView> elements;
  while (!fields.empty() && elements.size() < 8) elements.push_back(fields.take_bytes(fields.take() % 64));
  for (const ByteView element : elements) forwards.insert(element);
  for (auto element = elements.rbegin(); element != elements.rend(); ++element) backwards.insert(*element);
  KP_ASSERT(forwards.finalize() == backwards.finalize());
  KP_ASSERT(MuHash::deserialize(forwards.serialize()).finalize() == forwards.finalize());
  for (const ByteView element : elements) forwards.remove(element);
  KP_ASSERT(forwards.finalize() == set.finalize());
}

}  // namespace
}  // namespace kepeng::fuzz
