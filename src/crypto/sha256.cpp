// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/crypto/sha256.h>

#include <algorithm>
#include <cstring>

#include "sha256_constants.h"
#include "sha256_internal.h"

namespace kepeng::crypto {
namespace {

constexpr std::size_t kBlock = 64;
constexpr std::size_t kLengthAt = kBlock - 8;

void store_digest(std::uint8_t* out, const std::array<std::uint32_t, 8>& state) {
  for (std::size_t i = 0; i < state.size(); ++i) store_le(out + 4 * i, __builtin_bswap32(state[i]));
}

}  // namespace

Sha256& Sha256::reset() {
  state_ = sha256_kernel::kInitialState;
  length_ = 0;
  return *this;
}

Sha256& Sha256::write(ByteView bytes) {
  if (bytes.empty()) return *this;
  const std::size_t filled = length_ % kBlock;
  length_ += bytes.size();
  if (filled + bytes.size() < kBlock) {
    std::memcpy(buffer_.data() + filled, bytes.data(), bytes.size());
    return *this;
  }

  const sha256_kernel::Compress compress = sha256_kernel::stream_compress();
  if (filled > 0) {
    const std::size_t taken = kBlock - filled;
    std::memcpy(buffer_.data() + filled, bytes.data(), taken);
    compress(state_.data(), buffer_.data(), 1);
    bytes = bytes.subspan(taken);
  }
  const std::size_t whole = bytes.size() / kBlock;
  if (whole > 0) compress(state_.data(), bytes.data(), whole);
  bytes = bytes.subspan(whole * kBlock);
  if (!bytes.empty()) std::memcpy(buffer_.data(), bytes.data(), bytes.size());
  return *this;
}

Hash32 Sha256::finalize() {
  const sha256_kernel::Compress compress = sha256_kernel::stream_compress();
  std::size_t filled = length_ % kBlock;
  buffer_[filled++] = 0x80;
  if (filled > kLengthAt) {
    std::fill(buffer_.begin() + static_cast<std::ptrdiff_t>(filled), buffer_.end(), std::uint8_t{0});
    compress(state_.data(), buffer_.data(), 1);
    filled = 0;
  }
  std::fill(buffer_.begin() + static_cast<std::ptrdiff_t>(filled), buffer_.begin() + kLengthAt, std::uint8_t{0});
  store_le(buffer_.data() + kLengthAt, __builtin_bswap64(length_ * 8));
  compress(state_.data(), buffer_.data(), 1);
  Hash32 digest;
  store_digest(digest.data(), state_);
  return digest;
}

Hash32 Sha256::finalize_double() {
  const Hash32 first = finalize();
  return reset().write(first).finalize();
}

Hash32 sha256(ByteView bytes) {
  return Sha256{}.write(bytes).finalize();
}

Hash32 sha256d(ByteView bytes) {
  return Sha256{}.write(bytes).finalize_double();
}

TaggedHasher::TaggedHasher(std::string_view tag) {
  const Hash32 tag_hash = sha256(as_bytes(tag));
  after_tag_.write(tag_hash).write(tag_hash);
}

Sha256 tagged_hash(std::string_view tag) {
  return TaggedHasher{tag}.start();
}

Hash32 tagged_hash(std::string_view tag, ByteView message) {
  return TaggedHasher{tag}.hash(message);
}

}  // namespace kepeng::crypto
