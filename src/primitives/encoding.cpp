// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/primitives/encoding.h>

namespace kepeng {

const char* to_string(DecodeError error) {
  switch (error) {
    case DecodeError::Truncated:
      return "the bytes end too early";
    case DecodeError::NonCanonicalSize:
      return "a length is not in its shortest form";
    case DecodeError::SizeTooLarge:
      return "a length is too large";
    case DecodeError::SuperfluousWitness:
      return "witness form without any witness";
    case DecodeError::UnknownOptionalData:
      return "unknown optional data";
    case DecodeError::TrailingBytes:
      return "bytes follow the end";
  }
  return "";
}

std::uint64_t Cursor::read_compact() {
  const std::uint8_t first = read_le<std::uint8_t>();
  std::uint64_t value = first;
  std::uint64_t least = 0;
  if (first == 0xfd) {
    value = read_le<std::uint16_t>();
    least = 0xfd;
  } else if (first == 0xfe) {
    value = read_le<std::uint32_t>();
    least = 0x10000;
  } else if (first == 0xff) {
    value = read_le<std::uint64_t>();
    least = 0x100000000;
  }
  if (value < least) fail(DecodeError::NonCanonicalSize);
  return failed_ ? 0 : value;
}

void append_compact_size(Bytes& to, std::uint64_t value) {
  if (value < 0xfd) {
    to.push_back(static_cast<std::uint8_t>(value));
  } else if (value <= 0xffff) {
    to.push_back(0xfd);
    append_le(to, static_cast<std::uint16_t>(value));
  } else if (value <= 0xffffffff) {
    to.push_back(0xfe);
    append_le(to, static_cast<std::uint32_t>(value));
  } else {
    to.push_back(0xff);
    append_le(to, value);
  }
}

void append_var_bytes(Bytes& to, ByteView bytes) {
  append_compact_size(to, bytes.size());
  append(to, bytes);
}

}  // namespace kepeng
