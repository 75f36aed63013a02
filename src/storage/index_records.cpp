// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/storage/index_records.h>

#include <array>

#include <kepeng/crypto/sha256.h>
#include <kepeng/primitives/encoding.h>
#include <kepeng/storage/varint.h>

namespace kepeng::storage {
namespace {

constexpr std::uint8_t kBlockPrefix = 'b';
constexpr std::uint8_t kFilePrefix = 'f';
constexpr std::uint8_t kFlagPrefix = 'F';
constexpr std::uint8_t kLastFileKey[] = {'l'};
constexpr std::uint8_t kReindexKey[] = {'R'};

// The first number of a block record: a version that nothing reads, kept because it has always been written.
constexpr std::uint64_t kRecordVersion = 259900;

// Headers whose hashes are computed together.
constexpr std::size_t kLoadBatch = 256;

Fault damaged(const Database& database, const std::string& what) {
  return {FaultKind::Corruption, "The block index " + database.path() + " is damaged (" + what +
                                     "). Start with -reindex to build it again from the block files."};
}

template <class T>
Result<T, DecodeError> finish(const Cursor& cursor, T value) {
  if (!cursor.ok()) return Err{cursor.error()};
  if (cursor.remaining() != 0) return Err{DecodeError::TrailingBytes};
  return value;
}

// Raw rows collected so that their headers can be hashed in parallel lanes.
class HeaderBatch {
 public:
  void add(BlockIndexRecord record) {
    encoded_[count_] = record.header.encode();
    records_[count_++] = record;
  }
  bool full() const { return count_ == kLoadBatch; }

  // Gives the records out; nullopt when all were taken, else what was wrong with the first that was not.
  std::optional<Fault> drain(const Database& database, const std::function<bool(const BlockIndexRecord&)>& take) {
    std::array<crypto::SegmentedMessage, kLoadBatch> messages;
    std::array<crypto::Hash32, kLoadBatch> hashes;
    for (std::size_t i = 0; i < count_; ++i) messages[i].segments[0] = encoded_[i];
    crypto::sha256d_batch({messages.data(), count_}, hashes.data());
    const std::size_t count = std::exchange(count_, 0);
    for (std::size_t i = 0; i < count; ++i) {
      if (hashes[i] != records_[i].hash.bytes) {
        return damaged(database, "the header of " + records_[i].hash.to_string() + " has another hash");
      }
      if (!take(records_[i])) return Fault{FaultKind::Interrupted, "Loading the block index was stopped."};
    }
    return std::nullopt;
  }

 private:
  std::array<BlockIndexRecord, kLoadBatch> records_;
  std::array<std::array<std::uint8_t, BlockHeader::kSize>, kLoadBatch> encoded_;
  std::size_t count_ = 0;
};

}  // namespace

Bytes block_index_key(const BlockHash& hash) {
  Bytes key{kBlockPrefix};
  append(key, hash.view());
  return key;
}

void append_block_index_value(Bytes& to, const BlockIndexRecord& record) {
  using namespace block_status;
  append_varint(to, kRecordVersion);
  append_varint(to, static_cast<std::uint32_t>(record.height));
  append_varint(to, record.status);
  append_varint(to, record.transactions);
  if ((record.status & (kHaveData | kHaveUndo)) != 0) append_varint(to, static_cast<std::uint32_t>(record.file));
  if ((record.status & kHaveData) != 0) append_varint(to, record.data_offset);
  if ((record.status & kHaveUndo) != 0) append_varint(to, record.undo_offset);
  append(to, record.header.encode());
}

Result<BlockIndexRecord, DecodeError> decode_block_index_value(ByteView value) {
  using namespace block_status;
  Cursor cursor{value};
  BlockIndexRecord record;
  static_cast<void>(read_varint<std::int32_t>(cursor));
  record.height = read_varint<std::int32_t>(cursor);
  record.status = read_varint<std::uint32_t>(cursor);
  record.transactions = read_varint<std::uint32_t>(cursor);
  if ((record.status & (kHaveData | kHaveUndo)) != 0) record.file = read_varint<std::int32_t>(cursor);
  if ((record.status & kHaveData) != 0) record.data_offset = read_varint<std::uint32_t>(cursor);
  if ((record.status & kHaveUndo) != 0) record.undo_offset = read_varint<std::uint32_t>(cursor);
  const ByteView header = cursor.read_bytes(BlockHeader::kSize);
  if (cursor.ok()) record.header = BlockHeader::decode(header.data());
  return finish(cursor, record);
}

Bytes file_info_key(std::int32_t file) {
  Bytes key{kFilePrefix};
  append_le(key, file);
  return key;
}

void append_file_info(Bytes& to, const BlockFileInfo& info) {
  for (const std::uint64_t number :
       {std::uint64_t{info.blocks}, std::uint64_t{info.size}, std::uint64_t{info.undo_size},
        std::uint64_t{info.height_first}, std::uint64_t{info.height_last}, info.time_first, info.time_last}) {
    append_varint(to, number);
  }
}

Result<BlockFileInfo, DecodeError> decode_file_info(ByteView value) {
  Cursor cursor{value};
  BlockFileInfo info;
  info.blocks = read_varint<std::uint32_t>(cursor);
  info.size = read_varint<std::uint32_t>(cursor);
  info.undo_size = read_varint<std::uint32_t>(cursor);
  info.height_first = read_varint<std::uint32_t>(cursor);
  info.height_last = read_varint<std::uint32_t>(cursor);
  info.time_first = read_varint(cursor);
  info.time_last = read_varint(cursor);
  return finish(cursor, info);
}

Bytes flag_key(std::string_view name) {
  Bytes key{kFlagPrefix};
  append_var_bytes(key, as_bytes(name));
  return key;
}

Result<Unit, Fault> BlockIndexTable::load_all(const std::function<bool(const BlockIndexRecord&)>& take) const {
  DatabaseIterator row = database_.iterate();
  HeaderBatch batch;
  const std::uint8_t prefix[] = {kBlockPrefix};
  for (row.seek(prefix); row.valid(); row.next()) {
    const ByteView key = row.key();
    if (key.size() != 33 || key[0] != kBlockPrefix) break;
    auto record = decode_block_index_value(row.value());
    const BlockHash hash = BlockHash::from_bytes(key.data() + 1);
    if (!record) return Err{damaged(database_, "the record of " + hash.to_string() + " cannot be read")};
    record->hash = hash;
    batch.add(*record);
    if (!batch.full()) continue;
    if (auto fault = batch.drain(database_, take)) return Err{*std::move(fault)};
  }
  KP_TRY_VOID(row.check());
  if (auto fault = batch.drain(database_, take)) return Err{*std::move(fault)};
  return Unit{};
}

Result<std::optional<BlockIndexRecord>, Fault> BlockIndexTable::read(const BlockHash& hash) const {
  Bytes value;
  KP_TRY(const bool found, database_.get(block_index_key(hash), value));
  if (!found) return std::optional<BlockIndexRecord>{};
  auto record = decode_block_index_value(value);
  if (!record || record->header.hash() != hash) {
    return Err{damaged(database_, "the record of " + hash.to_string() + " cannot be read")};
  }
  record->hash = hash;
  return std::optional{*record};
}

Result<std::int32_t, Fault> BlockIndexTable::last_file() const {
  Bytes value;
  KP_TRY(const bool found, database_.get(kLastFileKey, value));
  if (!found) return 0;
  const std::int32_t last = value.size() == 4 ? load_le<std::int32_t>(value.data()) : -1;
  if (last < 0) return Err{damaged(database_, "the number of the last block file cannot be read")};
  return last;
}

Result<std::vector<BlockFileInfo>, Fault> BlockIndexTable::load_files() const {
  KP_TRY(const std::int32_t last, last_file());
  std::vector<BlockFileInfo> infos;
  Bytes value;
  for (std::int32_t file = 0;; ++file) {
    KP_TRY(const bool found, database_.get(file_info_key(file), value));
    if (!found && file > last) return infos;
    BlockFileInfo info;
    if (found) {
      const auto decoded = decode_file_info(value);
      if (!decoded) return Err{damaged(database_, "the row of block file " + std::to_string(file) + " cannot be read")};
      info = *decoded;
    }
    infos.push_back(info);
  }
}

Result<Unit, Fault> BlockIndexTable::write(const BlockIndexBatch& batch, Durability durability) {
  WriteBatch rows;
  Bytes value;
  for (const auto& [file, info] : batch.files.rows) {
    value.clear();
    append_file_info(value, info);
    rows.put(file_info_key(file), value);
  }
  value.clear();
  append_le(value, batch.files.last_file);
  rows.put(kLastFileKey, value);
  for (const BlockIndexRecord& record : batch.blocks) {
    value.clear();
    append_block_index_value(value, record);
    rows.put(block_index_key(record.hash), value);
  }
  return database_.write(rows, durability);
}

Result<bool, Fault> BlockIndexTable::is_reindexing() const {
  return database_.exists(kReindexKey);
}

Result<Unit, Fault> BlockIndexTable::set_reindexing() {
  WriteBatch rows;
  rows.put(kReindexKey, as_bytes("1"));
  return database_.write(rows, Durability::Synced);
}

Result<Unit, Fault> BlockIndexTable::clear_reindexing() {
  WriteBatch rows;
  rows.erase(kReindexKey);
  return database_.write(rows, Durability::Synced);
}

Result<std::optional<bool>, Fault> BlockIndexTable::flag(std::string_view name) const {
  Bytes value;
  KP_TRY(const bool found, database_.get(flag_key(name), value));
  if (!found) return std::optional<bool>{};
  return std::optional{value.size() == 1 && value[0] == '1'};
}

Result<Unit, Fault> BlockIndexTable::set_flag(std::string_view name) {
  WriteBatch rows;
  rows.put(flag_key(name), as_bytes("1"));
  return database_.write(rows, Durability::Synced);
}

Result<Unit, Fault> BlockIndexTable::clear_flag(std::string_view name) {
  WriteBatch rows;
  rows.put(flag_key(name), as_bytes("0"));
  return database_.write(rows, Durability::Synced);
}

}  // namespace kepeng::storage
