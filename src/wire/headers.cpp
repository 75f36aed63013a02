// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/wire/headers.h>

#include "codec.h"

namespace kepeng::wire {
namespace {

void read_locator(Reader& from, BlockLocator& locator) {
  locator.version = from.read_le<std::uint32_t>();
  from.read_hashes(locator.hashes, kLocatorHashesMax);
  from.read_hash(locator.stop);
}

void append_locator(Bytes& to, const BlockLocator& locator) {
  append_le(to, locator.version);
  append_hashes(to, locator.hashes);
  append(to, locator.stop.view());
}

}  // namespace

void read(Reader& from, GetBlocks& to) {
  read_locator(from, to.locator);
}
void write(Bytes& to, const GetBlocks& message) {
  append_locator(to, message.locator);
}

void read(Reader& from, GetHeaders& to) {
  read_locator(from, to.locator);
}
void write(Bytes& to, const GetHeaders& message) {
  append_locator(to, message.locator);
}

void read(Reader& from, Headers& to) {
  const std::size_t count = from.count(kHeadersMax, BlockHeader::kSize + 1);
  to.headers.reserve(count);
  for (std::size_t i = 0; i < count && from.ok(); ++i) {
    to.headers.push_back(from.read_header());
    from.read_size();
  }
}

void write(Bytes& to, const Headers& message) {
  append_compact_size(to, message.headers.size());
  for (const BlockHeader& header : message.headers) {
    append(to, header.encode());
    append_compact_size(to, 0);
  }
}

}  // namespace kepeng::wire
