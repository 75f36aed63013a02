// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/wire/filters.h>

#include "codec.h"

namespace kepeng::wire {
namespace {

// getcfilters and getcfheaders ask in the same words.
template <class M>
void read_range(Reader& from, M& to) {
  to.type = from.read_le<FilterType>();
  to.start_height = from.read_le<std::uint32_t>();
  from.read_hash(to.stop);
}

template <class M>
void append_range(Bytes& to, const M& message) {
  to.push_back(message.type);
  append_le(to, message.start_height);
  append(to, message.stop.view());
}

}  // namespace

void read(Reader& from, FilterLoad& to) {
  to.bits = to_owned(from.limited_bytes(kBloomFilterBytesMax, WireError::BloomFilterTooLarge));
  to.functions = from.read_le<std::uint32_t>();
  to.tweak = from.read_le<std::uint32_t>();
  to.flags = from.read_le<std::uint8_t>();
  if (to.functions > kBloomFunctionsMax) from.reject(WireError::TooManyBloomFunctions);
}

void write(Bytes& to, const FilterLoad& message) {
  append_var_bytes(to, message.bits);
  append_le(to, message.functions);
  append_le(to, message.tweak);
  to.push_back(message.flags);
}

void read(Reader& from, FilterAdd& to) {
  to.element = to_owned(from.limited_bytes(kBloomElementBytesMax, WireError::BloomElementTooLarge));
}

void write(Bytes& to, const FilterAdd& message) {
  append_var_bytes(to, message.element);
}

void read(Reader& from, GetCFilters& to) {
  read_range(from, to);
}
void write(Bytes& to, const GetCFilters& message) {
  append_range(to, message);
}

void read(Reader& from, CFilter& to) {
  to.type = from.read_le<FilterType>();
  from.read_hash(to.block);
  to.filter = to_owned(from.read_var_bytes());
}

void write(Bytes& to, const CFilter& message) {
  to.push_back(message.type);
  append(to, message.block.view());
  append_var_bytes(to, message.filter);
}

void read(Reader& from, GetCFHeaders& to) {
  read_range(from, to);
}
void write(Bytes& to, const GetCFHeaders& message) {
  append_range(to, message);
}

void read(Reader& from, CFHeaders& to) {
  to.type = from.read_le<FilterType>();
  from.read_hash(to.stop);
  from.read_hash(to.previous);
  from.read_hashes(to.hashes, kFilterHeadersMax);
}

void write(Bytes& to, const CFHeaders& message) {
  to.push_back(message.type);
  append(to, message.stop.view());
  append(to, message.previous.view());
  append_hashes(to, message.hashes);
}

void read(Reader& from, GetCFCheckpt& to) {
  to.type = from.read_le<FilterType>();
  from.read_hash(to.stop);
}

void write(Bytes& to, const GetCFCheckpt& message) {
  to.push_back(message.type);
  append(to, message.stop.view());
}

void read(Reader& from, CFCheckpt& to) {
  to.type = from.read_le<FilterType>();
  from.read_hash(to.stop);
  from.read_hashes(to.headers, kPayloadBytesMax);
}

void write(Bytes& to, const CFCheckpt& message) {
  to.push_back(message.type);
  append(to, message.stop.view());
  append_hashes(to, message.headers);
}

}  // namespace kepeng::wire
