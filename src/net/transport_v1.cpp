// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/net/transport_v1.h>

#include <kepeng/crypto/sha256.h>

namespace kepeng::net {
namespace {

constexpr std::size_t kNameAt = 4;
constexpr std::size_t kLengthAt = kNameAt + MessageName::kSize;
constexpr std::size_t kChecksumAt = kLengthAt + 4;
constexpr std::size_t kChecksumBytes = 4;

}  // namespace

bool TransportV1::is_our_network() const {
  const std::size_t known = std::min(header_.bytes().size(), magic_.size());
  return equal(header_.bytes().first(known), ByteView{magic_}.first(known));
}

Result<Received, TransportError> TransportV1::receive(ByteView& bytes) {
  if (!header_.is_complete()) {
    const bool is_whole = header_.take(bytes);
    if (!is_our_network()) return Err{TransportError::WrongNetwork};
    if (!is_whole) return Received{};
    const auto length = load_le<std::uint32_t>(header_.bytes().data() + kLengthAt);
    if (length > kPayloadBytesMax) return Err{TransportError::MessageTooLong};
    payload_.expect(length);
  }
  if (!payload_.take(bytes)) return Received{};
  return finish();
}

Received TransportV1::finish() {
  const ByteView header = header_.bytes();
  Frame frame{{}, payload_.release()};
  const auto name = MessageName::from_wire(header.subspan(kNameAt, MessageName::kSize));
  const bool is_intact = equal(ByteView{crypto::sha256d(frame.payload)}.first(kChecksumBytes),
                               header.subspan(kChecksumAt, kChecksumBytes));
  header_.expect(kHeaderBytes);
  if (!is_intact) return Dropped::WrongChecksum;
  if (!name) return Dropped::BadName;
  frame.name = *name;
  return frame;
}

void TransportV1::send(const MessageName& name, ByteView payload) {
  KP_ASSERT(payload.size() <= kPayloadBytesMax);
  output_.reserve(output_.size() + kHeaderBytes + payload.size());
  append(output_, magic_);
  append(output_, name.wire());
  append_le(output_, static_cast<std::uint32_t>(payload.size()));
  append(output_, ByteView{crypto::sha256d(payload)}.first(kChecksumBytes));
  append(output_, payload);
}

}  // namespace kepeng::net
