// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/wire/liveness.h>

#include "codec.h"

namespace kepeng::wire {

void read(Reader& from, Ping& to) {
  if (from.remaining() != 0) to.nonce = from.read_le<std::uint64_t>();
}

void write(Bytes& to, const Ping& message) {
  if (message.nonce) append_le(to, *message.nonce);
}

void read(Reader& from, Pong& to) {
  to.nonce = from.read_le<std::uint64_t>();
}

void write(Bytes& to, const Pong& message) {
  append_le(to, message.nonce);
}

void read(Reader& from, Reject& to) {
  to.message = from.limited_text(kRejectTextBytesMax, WireError::TextTooLong);
  to.code = from.read_le<std::uint8_t>();
  to.reason = from.limited_text(kRejectTextBytesMax, WireError::TextTooLong);
  to.data = to_owned(from.read_bytes(from.remaining()));
}

void write(Bytes& to, const Reject& message) {
  append_var_bytes(to, as_bytes(message.message));
  to.push_back(message.code);
  append_var_bytes(to, as_bytes(message.reason));
  append(to, message.data);
}

void read(Reader& from, Alert& to) {
  to.content = to_owned(from.read_var_bytes());
  to.signature = to_owned(from.read_var_bytes());
}

void write(Bytes& to, const Alert& message) {
  append_var_bytes(to, message.content);
  append_var_bytes(to, message.signature);
}

}  // namespace kepeng::wire
