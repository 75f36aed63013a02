// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "simulated_inode.h"

#include <algorithm>
#include <utility>

namespace kepeng {
namespace {

void put_change(const DataChange& change, Bytes& to) {
  switch (change.kind) {
    case DataChange::Kind::Write:
      if (to.size() < change.offset + change.bytes.size()) to.resize(change.offset + change.bytes.size());
      std::copy(change.bytes.begin(), change.bytes.end(), to.begin() + static_cast<std::ptrdiff_t>(change.offset));
      return;
    case DataChange::Kind::Resize:
      to.resize(change.offset);
      return;
    case DataChange::Kind::Extend:
      if (to.size() < change.offset) to.resize(change.offset);
      return;
  }
}

void put_change(const NameChange& change, Names& to) {
  if (!change.from.empty()) to.erase(change.from);
  if (!change.to.empty()) to[change.to] = change.inode;
}

// Each sector of the write arrives or not; the length may have arrived without the bytes, which then read as zeros.
void put_torn(const DataChange& write, Prng& chance, Bytes& to) {
  const std::uint64_t end = write.offset + write.bytes.size();
  if (chance.below(2) == 0 && to.size() < end) to.resize(end);
  for (std::uint64_t at = write.offset; at < end;) {
    const std::uint64_t next = std::min(end, (at / kSectorBytes + 1) * kSectorBytes);
    if (chance.below(2) == 0) {
      const auto from = write.bytes.begin() + static_cast<std::ptrdiff_t>(at - write.offset);
      put_change(DataChange{DataChange::Kind::Write, at, Bytes(from, from + static_cast<std::ptrdiff_t>(next - at))},
                 to);
    }
    at = next;
  }
}

}  // namespace

void Inode::change(DataChange change) {
  put_change(change, bytes);
  data_changes.push_back(std::move(change));
}

void Inode::change(NameChange change) {
  put_change(change, names);
  name_changes.push_back(std::move(change));
}

void Inode::sync() {
  for (const DataChange& change : data_changes) put_change(change, durable_bytes);
  data_changes.clear();
  for (const NameChange& change : name_changes) put_change(change, durable_names);
  name_changes.clear();
}

void Inode::crash(Prng& chance) {
  for (const DataChange& change : data_changes) {
    const std::uint64_t fate = chance.below(3);
    if (fate == 0) put_change(change, durable_bytes);
    if (fate == 1 && change.kind == DataChange::Kind::Write) put_torn(change, chance, durable_bytes);
  }
  for (const NameChange& change : name_changes) {
    if (chance.below(2) == 0) put_change(change, durable_names);
  }
  data_changes.clear();
  name_changes.clear();
  bytes = durable_bytes;
  names = durable_names;
}

}  // namespace kepeng
