// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// One file or directory of a SimulatedDisk: what readers see, what is durable, and the operations in between.
//
// No locks and no failures here: SimulatedDisk calls it under its own lock and decides what happens.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <kepeng/base/bytes.h>
#include <kepeng/base/random.h>

namespace kepeng {

inline constexpr std::uint64_t kSectorBytes = 512;

struct Inode;
using InodePtr = std::shared_ptr<Inode>;
using Names = std::map<std::string, InodePtr>;

// A change of a file's bytes.
struct DataChange {
  enum class Kind { Write, Resize, Extend };
  Kind kind = Kind::Write;
  std::uint64_t offset = 0;  // for Resize and Extend, the new size
  Bytes bytes;
};

// A change of a directory's names: `from` goes, `to` is `inode`; either may be missing.
struct NameChange {
  std::string from;
  std::string to;
  InodePtr inode;
};

struct Inode {
  bool is_directory = false;

  Bytes bytes;
  Bytes durable_bytes;
  std::vector<DataChange> data_changes;

  Names names;
  Names durable_names;
  std::vector<NameChange> name_changes;

  void change(DataChange change);
  void change(NameChange change);
  void sync();
  bool is_synced() const { return data_changes.empty() && name_changes.empty(); }
  // The machine goes down: any subset of the changes becomes part of the durable state, the rest never was.
  void crash(Prng& chance);
};

}  // namespace kepeng
