// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/wire/inventory.h>

#include "codec.h"

namespace kepeng::wire {
namespace {

constexpr std::size_t kItemBytes = 4 + 32;

void read_items(Reader& from, std::vector<InventoryItem>& items) {
  items.resize(from.count(kInventoryMax, kItemBytes));
  for (InventoryItem& item : items) {
    item.type = static_cast<InventoryType>(from.read_le<std::uint32_t>());
    from.read_hash(item.hash);
  }
}

void append_items(Bytes& to, const std::vector<InventoryItem>& items) {
  to.reserve(to.size() + 9 + items.size() * kItemBytes);
  append_compact_size(to, items.size());
  for (const InventoryItem& item : items) {
    append_le(to, static_cast<std::uint32_t>(item.type));
    append(to, item.hash.view());
  }
}

}  // namespace

void read(Reader& from, Inv& to) {
  read_items(from, to.items);
}
void write(Bytes& to, const Inv& message) {
  append_items(to, message.items);
}

void read(Reader& from, GetData& to) {
  read_items(from, to.items);
}
void write(Bytes& to, const GetData& message) {
  append_items(to, message.items);
}

void read(Reader& from, NotFound& to) {
  read_items(from, to.items);
}
void write(Bytes& to, const NotFound& message) {
  append_items(to, message.items);
}

}  // namespace kepeng::wire
