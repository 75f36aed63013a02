// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Database: ordered bytes to bytes on disk (LevelDB), through Env, with the node's value obfuscation.
//
// A batch is applied whole or not at all. `write` with Durability::Synced returns after power loss can no longer take
// the batch back; unsynced batches survive as a prefix. Where the database has an obfuscation key, values are XORed
// with it on the way in and out; keys are not. After a write has failed, every later one fails with the same fault.
// Everything but `WriteBatch` and `DatabaseIterator` (one thread at a time each) is thread-safe. Damage is
// FaultKind::Corruption with the repair advice of the options; nothing is repaired here.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include <kepeng/base/bytes.h>
#include <kepeng/base/env.h>
#include <kepeng/base/fault.h>
#include <kepeng/base/result.h>

namespace kepeng::storage {

using ObfuscationKey = std::array<std::uint8_t, 8>;

// XORs `bytes` in place with the key, as if they stood at `offset` of the obfuscated file or value.
void obfuscate(ByteSpan bytes, const ObfuscationKey& key, std::uint64_t offset = 0);

enum class Durability { Unsynced, Synced };
enum class NewDatabase { Plain, Obfuscated };

struct DatabaseOptions {
  std::uint64_t cache_bytes = 8 << 20;         // uncompressed blocks of tables held in memory
  std::uint64_t write_buffer_bytes = 4 << 20;  // two of these can be in memory at once
  std::uint64_t file_bytes_max = 32 << 20;     // fewer files than LevelDB's default of 2 MiB would give
  int bloom_bits_per_key = 10;                 // 0: no filter. Worth it only where keys are often absent.
  int open_files_max = 1000;
  // What becomes of a database that is created now. One that has records keeps what it has.
  NewDatabase when_new = NewDatabase::Plain;
  // Ends the message of a Corruption fault.
  std::string repair_advice = "Restore this directory from a copy.";
};

class WriteBatch {
 public:
  WriteBatch();
  ~WriteBatch();
  WriteBatch(WriteBatch&&) noexcept;
  WriteBatch& operator=(WriteBatch&&) noexcept;

  void put(ByteView key, ByteView value);
  void erase(ByteView key);
  void clear();
  bool empty() const;
  std::size_t count() const;
  // Bytes of memory that it takes; about the same in the log.
  std::size_t size_bytes() const;

 private:
  friend class Database;
  struct Records;
  std::unique_ptr<Records> records_;
};

// Walks the records in the order of their keys, as they were when the iterator was made; the obfuscation key's own
// record is passed over. Dies before its Database.
class DatabaseIterator {
 public:
  ~DatabaseIterator();
  DatabaseIterator(DatabaseIterator&&) noexcept;

  void seek_first();
  // To the first key that is `key` or after it.
  void seek(ByteView key);
  // False at the end and after damage; `check` tells which.
  bool valid() const;
  void next();
  // Good until the next move.
  ByteView key() const;
  ByteView value() const;
  Result<Unit, Fault> check() const;

 private:
  friend class Database;
  struct State;
  explicit DatabaseIterator(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

class Database {
 public:
  // Opens the directory, or makes it. `env` outlives the database. FaultKind::Busy when it is open elsewhere.
  static Result<std::unique_ptr<Database>, Fault> open(Env& env, const std::string& path, DatabaseOptions options);
  // Removes the directory's database files. Nothing has it open.
  static Result<Unit, Fault> destroy(Env& env, const std::string& path);

  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // True and the value in `out`, or false when there is no such key.
  Result<bool, Fault> get(ByteView key, Bytes& out) const;
  Result<bool, Fault> exists(ByteView key) const;
  // The batch stays as it is and can be written again or cleared.
  Result<Unit, Fault> write(const WriteBatch& batch, Durability durability);
  DatabaseIterator iterate() const;

  Result<bool, Fault> is_empty() const;
  // Bytes of table files that hold keys in [from, to).
  std::uint64_t approximate_size(ByteView from, ByteView to) const;
  // Merges all tables level by level; slow.
  void compact();
  // Memory of block cache and write buffers.
  std::uint64_t memory_bytes() const;
  // All zeros: values are stored as they are.
  const ObfuscationKey& obfuscation_key() const;
  const std::string& path() const;

 private:
  friend class DatabaseIterator;
  struct State;
  explicit Database(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace kepeng::storage
