// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/storage/database.h>
#include <leveldb/cache.h>
#include <leveldb/db.h>
#include <leveldb/filter_policy.h>
#include <leveldb/write_batch.h>

#include <algorithm>
#include <optional>
#include <utility>

#include <kepeng/base/files.h>
#include <kepeng/base/guarded.h>
#include <kepeng/base/random.h>

#include "leveldb_env.h"
#include "log_tail.h"

namespace kepeng::storage {
namespace {

// The record that holds the obfuscation key: its key and value are written as CompactSize-prefixed strings.
constexpr std::string_view kObfuscationRecord{"\x0e\0obfuscate_key", 15};

// Directories on their way out; see `destroy`.
constexpr char kRemovedSuffix[] = ".removed";

leveldb::Slice as_slice(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
ByteView as_view(const leveldb::Slice& slice) {
  return as_bytes({slice.data(), slice.size()});
}

bool is_zero(const ObfuscationKey& key) {
  return key == ObfuscationKey{};
}

leveldb::ReadOptions reading(bool fill_cache) {
  leveldb::ReadOptions options;
  options.verify_checksums = true;
  options.fill_cache = fill_cache;
  return options;
}

Result<Unit, Fault> remove_leftovers(Env& env, const std::string& path) {
  const std::string removed = path + kRemovedSuffix;
  const auto names = env.list(removed);
  if (!names && names.error().kind == FaultKind::NotFound) return Unit{};
  if (!names) return Err{names.error()};
  for (const std::string& name : *names) KP_TRY_VOID(env.remove(join_path(removed, name)));
  KP_TRY_VOID(env.remove_directory(removed));
  return env.sync_directory(parent_path(path));
}

}  // namespace

void obfuscate(ByteSpan bytes, const ObfuscationKey& key, std::uint64_t offset) {
  if (is_zero(key)) return;
  ObfuscationKey turned;
  for (std::size_t i = 0; i < turned.size(); ++i) turned[i] = key[(offset + i) % key.size()];
  const auto word = load_le<std::uint64_t>(turned.data());
  std::size_t at = 0;
  for (; at + 8 <= bytes.size(); at += 8) store_le(bytes.data() + at, load_le<std::uint64_t>(bytes.data() + at) ^ word);
  for (; at < bytes.size(); ++at) bytes[at] ^= turned[at % 8];
}

// Puts and erasures, one after another: the value's length plus one (0: erasure), the key's length, key, value.
struct WriteBatch::Records {
  Bytes bytes;
  std::size_t count = 0;

  template <class F>
  void for_each(F&& take) const {
    for (std::size_t at = 0; at < bytes.size();) {
      const std::size_t value_mark = load_le<std::uint32_t>(bytes.data() + at);
      const std::size_t key_size = load_le<std::uint32_t>(bytes.data() + at + 4);
      const ByteView rest = ByteView{bytes}.subspan(at + 8);
      const std::size_t value_size = value_mark == 0 ? 0 : value_mark - 1;
      take(value_mark != 0, rest.first(key_size), rest.subspan(key_size, value_size));
      at += 8 + key_size + value_size;
    }
  }
};

WriteBatch::WriteBatch() : records_{std::make_unique<Records>()} {}
WriteBatch::~WriteBatch() = default;
WriteBatch::WriteBatch(WriteBatch&&) noexcept = default;
WriteBatch& WriteBatch::operator=(WriteBatch&&) noexcept = default;

void WriteBatch::put(ByteView key, ByteView value) {
  append_le(records_->bytes, static_cast<std::uint32_t>(value.size() + 1));
  append_le(records_->bytes, static_cast<std::uint32_t>(key.size()));
  append(records_->bytes, key);
  append(records_->bytes, value);
  ++records_->count;
}

void WriteBatch::erase(ByteView key) {
  append_le(records_->bytes, std::uint32_t{0});
  append_le(records_->bytes, static_cast<std::uint32_t>(key.size()));
  append(records_->bytes, key);
  ++records_->count;
}

void WriteBatch::clear() {
  records_->bytes.clear();
  records_->count = 0;
}

bool WriteBatch::empty() const {
  return records_->count == 0;
}
std::size_t WriteBatch::count() const {
  return records_->count;
}
std::size_t WriteBatch::size_bytes() const {
  return records_->bytes.size();
}

struct Database::State {
  State(Env& files, std::string where, DatabaseOptions how)
      : env{files}, path{std::move(where)}, options{std::move(how)}, adapter{files} {}

  Env& env;
  std::string path;
  DatabaseOptions options;
  ObfuscationKey key{};
  LeveldbEnv adapter;
  std::unique_ptr<leveldb::Cache> cache;
  std::unique_ptr<const leveldb::FilterPolicy> filter;
  std::unique_ptr<leveldb::Logger> silence;
  std::unique_ptr<leveldb::DB> db;
  // After a write has failed nobody knows what the log ends with, so there is no other.
  Guarded<std::optional<Fault>> failed_write;

  Fault fault_of(const leveldb::Status& status) const {
    if (status.IsCorruption()) return damaged(status.ToString());
    const auto last = adapter.last_fault();
    if (status.IsIOError() && last) return *last;
    return Fault{FaultKind::Io, "The database " + path + " failed: " + status.ToString() + "."};
  }
  Fault damaged(const std::string& what) const {
    return Fault{FaultKind::Corruption,
                 "The database " + path + " is damaged (" + what + "). " + options.repair_advice};
  }

  leveldb::Options leveldb_options() {
    leveldb::Options chosen;
    chosen.env = &adapter;
    chosen.info_log = silence.get();
    chosen.create_if_missing = true;
    chosen.paranoid_checks = true;
    chosen.compression = leveldb::kNoCompression;
    chosen.block_cache = cache.get();
    chosen.filter_policy = filter.get();
    chosen.write_buffer_size = options.write_buffer_bytes;
    chosen.max_file_size = options.file_bytes_max;
    chosen.max_open_files = options.open_files_max;
    return chosen;
  }

  Result<Unit, Fault> open() {
    cache.reset(leveldb::NewLRUCache(options.cache_bytes));
    if (options.bloom_bits_per_key > 0) filter.reset(leveldb::NewBloomFilterPolicy(options.bloom_bits_per_key));
    leveldb::Logger* logger = nullptr;
    static_cast<void>(adapter.NewLogger("", &logger));
    silence.reset(logger);
    leveldb::DB* opened = nullptr;
    const leveldb::Status status = leveldb::DB::Open(leveldb_options(), path, &opened);
    db.reset(opened);
    if (!status.ok()) return Err{fault_of(status)};
    return Unit{};
  }

  // A key that is there is used; a new one is made only for a database without records.
  Result<Unit, Fault> settle_key() {
    const ByteView record = as_bytes(kObfuscationRecord);
    std::string value;
    const leveldb::Status status = db->Get(reading(true), as_slice(record), &value);
    if (status.ok()) {
      if (value.size() != 1 + key.size() || value[0] != static_cast<char>(key.size())) {
        return Err{damaged("its obfuscation key cannot be read")};
      }
      std::copy(value.begin() + 1, value.end(), key.begin());
      return Unit{};
    }
    if (!status.IsNotFound()) return Err{fault_of(status)};
    if (options.when_new == NewDatabase::Plain) return Unit{};
    const std::unique_ptr<leveldb::Iterator> any{db->NewIterator(reading(false))};
    any->SeekToFirst();
    if (any->Valid()) return Unit{};
    if (!any->status().ok()) return Err{fault_of(any->status())};
    ObfuscationKey fresh;
    fill_random(fresh);
    value.assign(1, static_cast<char>(fresh.size()));
    value.append(fresh.begin(), fresh.end());
    leveldb::WriteOptions synced;
    synced.sync = true;
    const leveldb::Status written = db->Put(synced, as_slice(record), value);
    if (!written.ok()) return Err{fault_of(written)};
    key = fresh;
    return Unit{};
  }
};

Database::Database(std::unique_ptr<State> state) : state_{std::move(state)} {}

Result<std::unique_ptr<Database>, Fault> Database::open(Env& env, const std::string& path, DatabaseOptions options) {
  KP_TRY_VOID(make_directories(env, path));
  auto state = std::make_unique<State>(env, path, std::move(options));
  // Taken here and handed to LevelDB, so that nobody else has the files open while they are inspected.
  KP_TRY(auto lock, env.lock(join_path(path, "LOCK")));
  KP_TRY_VOID(remove_leftovers(env, path));
  auto limits = inspect_logs(env, path);
  if (!limits) {
    Fault fault = std::move(limits).error();
    if (fault.kind == FaultKind::Corruption) fault.message += " " + state->options.repair_advice;
    return Err{std::move(fault)};
  }
  KP_TRY_VOID(remove_closed_mark(env, path));
  state->adapter.adopt(path, std::move(lock), *limits);
  KP_TRY_VOID(state->open());
  KP_TRY_VOID(state->settle_key());
  return std::unique_ptr<Database>{new Database{std::move(state)}};
}

// The directory leaves under another name in one step, so that no crash leaves half a database.
Result<Unit, Fault> Database::destroy(Env& env, const std::string& path) {
  KP_TRY_VOID(remove_leftovers(env, path));
  KP_TRY(const bool is_there, kepeng::exists(env, path));
  if (!is_there) return Unit{};
  {
    KP_TRY(const auto lock, env.lock(join_path(path, "LOCK")));
    KP_TRY_VOID(env.rename(path, path + kRemovedSuffix));
    KP_TRY_VOID(env.sync_directory(parent_path(path)));
  }
  return remove_leftovers(env, path);
}

Database::~Database() {
  if (state_ == nullptr || state_->db == nullptr) return;
  state_->db = nullptr;
  const bool sound = state_->failed_write.with([](const auto& fault) { return !fault; });
  // Without the mark the next opening only takes the end of the log less strictly.
  if (sound) static_cast<void>(write_closed_mark(state_->env, state_->path));
}

Result<bool, Fault> Database::get(ByteView key, Bytes& out) const {
  std::string value;
  const leveldb::Status status = state_->db->Get(reading(true), as_slice(key), &value);
  if (status.IsNotFound()) return false;
  if (!status.ok()) return Err{state_->fault_of(status)};
  out.assign(value.begin(), value.end());
  obfuscate(out, state_->key);
  return true;
}

Result<bool, Fault> Database::exists(ByteView key) const {
  Bytes value;
  return get(key, value);
}

Result<Unit, Fault> Database::write(const WriteBatch& batch, Durability durability) {
  if (auto earlier = state_->failed_write.with([](const auto& fault) { return fault; }))
    return Err{*std::move(earlier)};
  leveldb::WriteBatch rows;
  Bytes scratch;
  batch.records_->for_each([&](bool is_put, ByteView key, ByteView value) {
    if (!is_put) {
      rows.Delete(as_slice(key));
    } else if (is_zero(state_->key)) {
      rows.Put(as_slice(key), as_slice(value));
    } else {
      scratch.assign(value.begin(), value.end());
      obfuscate(scratch, state_->key);
      rows.Put(as_slice(key), as_slice(scratch));
    }
  });
  leveldb::WriteOptions options;
  options.sync = durability == Durability::Synced;
  const leveldb::Status status = state_->db->Write(options, &rows);
  if (status.ok()) return Unit{};
  Fault fault = state_->fault_of(status);
  state_->failed_write.with([&](auto& first) {
    if (!first) first = fault;
  });
  return Err{std::move(fault)};
}

Result<bool, Fault> Database::is_empty() const {
  DatabaseIterator row = iterate();
  row.seek_first();
  if (row.valid()) return false;
  KP_TRY_VOID(row.check());
  return true;
}

std::uint64_t Database::approximate_size(ByteView from, ByteView to) const {
  const leveldb::Range range{as_slice(from), as_slice(to)};
  std::uint64_t size = 0;
  state_->db->GetApproximateSizes(&range, 1, &size);
  return size;
}

void Database::compact() {
  state_->db->CompactRange(nullptr, nullptr);
}

std::uint64_t Database::memory_bytes() const {
  std::string text;
  if (!state_->db->GetProperty("leveldb.approximate-memory-usage", &text)) return 0;
  return std::strtoull(text.c_str(), nullptr, 10);
}

const ObfuscationKey& Database::obfuscation_key() const {
  return state_->key;
}
const std::string& Database::path() const {
  return state_->path;
}

struct DatabaseIterator::State {
  std::unique_ptr<leveldb::Iterator> rows;
  const Database::State* database;
  // The current value in clear, made when it is first asked for.
  mutable Bytes value;
  mutable bool has_value = false;

  // The key record is not the caller's.
  void settle() {
    has_value = false;
    if (rows->Valid() && as_view(rows->key()).size() == kObfuscationRecord.size() &&
        as_text(as_view(rows->key())) == kObfuscationRecord) {
      rows->Next();
    }
  }
};

DatabaseIterator::DatabaseIterator(std::unique_ptr<State> state) : state_{std::move(state)} {}
DatabaseIterator::~DatabaseIterator() = default;
DatabaseIterator::DatabaseIterator(DatabaseIterator&&) noexcept = default;

DatabaseIterator Database::iterate() const {
  auto state = std::make_unique<DatabaseIterator::State>();
  state->rows.reset(state_->db->NewIterator(reading(false)));
  state->database = state_.get();
  return DatabaseIterator{std::move(state)};
}

void DatabaseIterator::seek_first() {
  state_->rows->SeekToFirst();
  state_->settle();
}

void DatabaseIterator::seek(ByteView key) {
  state_->rows->Seek(as_slice(key));
  state_->settle();
}

bool DatabaseIterator::valid() const {
  return state_->rows->Valid();
}

void DatabaseIterator::next() {
  state_->rows->Next();
  state_->settle();
}

ByteView DatabaseIterator::key() const {
  return as_view(state_->rows->key());
}

ByteView DatabaseIterator::value() const {
  const ByteView stored = as_view(state_->rows->value());
  if (is_zero(state_->database->key)) return stored;
  if (!state_->has_value) {
    state_->value.assign(stored.begin(), stored.end());
    obfuscate(state_->value, state_->database->key);
    state_->has_value = true;
  }
  return state_->value;
}

Result<Unit, Fault> DatabaseIterator::check() const {
  const leveldb::Status status = state_->rows->status();
  if (status.ok()) return Unit{};
  return Err{state_->database->fault_of(status)};
}

}  // namespace kepeng::storage
