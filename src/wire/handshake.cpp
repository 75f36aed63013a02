// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/wire/handshake.h>

#include "codec.h"

namespace kepeng::wire {
namespace {

void read_address(Reader& from, VersionAddress& to) {
  to.services = from.read_le<std::uint64_t>();
  const ByteView address = from.read_bytes(to.address.size());
  const ByteView port = from.read_bytes(2);
  if (!from.ok()) return;
  std::copy(address.begin(), address.end(), to.address.begin());
  to.port = load_be<std::uint16_t>(port.data());
}

void append_address(Bytes& to, const VersionAddress& address) {
  append_le(to, address.services);
  append(to, address.address);
  to.push_back(static_cast<std::uint8_t>(address.port >> 8));
  to.push_back(static_cast<std::uint8_t>(address.port));
}

}  // namespace

void read(Reader& from, Version& to) {
  to.protocol = from.read_le<std::int32_t>();
  to.services = from.read_le<std::uint64_t>();
  to.time = {from.read_le<std::int64_t>()};
  read_address(from, to.receiver);
  read_address(from, to.sender);
  to.nonce = from.read_le<std::uint64_t>();
  to.user_agent = from.limited_text(kUserAgentBytesMax, WireError::UserAgentTooLong);
  to.start_height = from.read_le<std::int32_t>();
  if (from.remaining() != 0) to.relay = from.read_le<std::uint8_t>() != 0;
}

void write(Bytes& to, const Version& message) {
  append_le(to, message.protocol);
  append_le(to, message.services);
  append_le(to, message.time.seconds);
  append_address(to, message.receiver);
  append_address(to, message.sender);
  append_le(to, message.nonce);
  append_var_bytes(to, as_bytes(message.user_agent));
  append_le(to, message.start_height);
  if (message.relay) to.push_back(*message.relay ? 1 : 0);
}

void read(Reader& from, SendTxRcncl& to) {
  to.version = from.read_le<std::uint32_t>();
  to.salt = from.read_le<std::uint64_t>();
}

void write(Bytes& to, const SendTxRcncl& message) {
  append_le(to, message.version);
  append_le(to, message.salt);
}

void read(Reader& from, Feature& to) {
  to.id = from.limited_text(kFeatureIdBytesMax, WireError::BadFeature);
  if (to.id.size() < kFeatureIdBytesMin) from.reject(WireError::BadFeature);
  to.data = to_owned(from.limited_bytes(kFeatureDataBytesMax, WireError::BadFeature));
}

void write(Bytes& to, const Feature& message) {
  append_var_bytes(to, as_bytes(message.id));
  append_var_bytes(to, message.data);
}

}  // namespace kepeng::wire
