// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/base/files.h>
#include <kepeng/base/simulated_disk.h>
#include <kepeng/storage/block_scanner.h>
#include <kepeng/storage/chainstate_records.h>
#include <kepeng/storage/index_records.h>
#include <kepeng/storage/snapshot_file.h>
#include <kepeng/storage/varint.h>

#include "fuzz.h"
#include "log_tail.h"

namespace kepeng::fuzz {
namespace {

using namespace storage;

// --- records ---------------------------------------------------------------------------------------------------------

Seeds varint_seeds() {
  return {{0x7f}, {0x80, 0x00}, {0xff, 0x7f}, {0x80, 0xfe, 0xfe, 0xfe, 0xfe, 0xfe, 0xfe, 0xfe, 0xfe, 0x7f}};
}

template <class T>
void check_varint(ByteView input) {
  Cursor cursor{input};
  const T value = read_varint<T>(cursor);
  Bytes again;
  append_varint(again, value);
  KP_ASSERT(again.size() == varint_length(value) && again.size() <= kVarintBytesMax);
  if (cursor.ok()) KP_ASSERT(equal(again, input.first(cursor.position())));
}

FUZZ_TARGET(varint, varint_seeds) {
  check_varint<std::uint64_t>(input);
  check_varint<std::uint32_t>(input);
  const Amount amount{static_cast<std::int64_t>(Input{input}.take<std::uint64_t>() % (kMaxMoney.sats + 1))};
  KP_ASSERT(decompress_amount(compress_amount(amount)) == amount);
}

std::vector<Coin> sample_coins() {
  Bytes p2pkh{0x76, 0xa9, 20};
  p2pkh.resize(23, 0x11);
  append(p2pkh, Bytes{0x88, 0xac});
  Bytes p2pk{33, 2};
  p2pk.resize(34, 0x79);
  p2pk.push_back(0xac);
  return {{Amount{50'0000'0000}, p2pkh, 100, true},
          {Amount{0}, {}, 0, false},
          {Amount{546}, p2pk, 800'000, false},
          {Amount{123'456'789}, Bytes(40, 0x51), 1, false}};
}

Seeds coin_seeds() {
  Seeds seeds;
  for (const Coin& coin : sample_coins()) append_coin(seeds.emplace_back(), coin.view());
  seeds.push_back(copy_of(CoinKey{{Txid{{7}}, 300}}.view()));
  return seeds;
}

FUZZ_TARGET(coin, coin_seeds) {
  if (const auto outpoint = decode_coin_key(input)) KP_ASSERT(equal(CoinKey{*outpoint}.view(), input));
  const auto coin = bounded_by(input.size(), 4, [&] { return decode_coin(input); });
  Cursor skipped{input};
  read_varint<std::uint32_t>(skipped);
  read_varint(skipped);
  ScriptCompressor::skip(skipped);
  if (!coin) return;
  KP_ASSERT(skipped.ok() && skipped.remaining() == 0);
  if (!coin->value.in_money_range()) return;  // no promise is made about those
  // The shortest form of the same coin, which is stable.
  Bytes once;
  append_coin(once, coin->view());
  const auto again = decode_coin(once);
  KP_ASSERT(again && *again == *coin && once.size() <= input.size());
  Bytes script;
  ScriptCompressor::append(script, coin->script_pubkey);
  KP_ASSERT(script.size() == ScriptCompressor::size(coin->script_pubkey));
}

Seeds undo_seeds() {
  Bytes undo;
  append_block_undo(undo, {{{sample_coins()}, {{}}, {{sample_coins()[1]}}}});
  return {undo, {0}};
}

FUZZ_TARGET(undo, undo_seeds) {
  const auto undo = bounded_by(input.size(), 120, [&] { return decode_block_undo(input); });
  UndoReader reader{input};
  std::size_t coins = 0;
  Coin coin;
  for (auto transactions = reader.transactions(); transactions > 0 && reader.ok(); --transactions) {
    for (auto left = reader.next_transaction(); left > 0 && reader.ok(); --left, ++coins) reader.next_coin(coin);
  }
  KP_ASSERT(reader.finished() == undo.ok());
  if (!undo) return;
  std::size_t decoded = 0;
  bool in_range = true;
  for (const TxUndo& tx : undo->transactions) {
    decoded += tx.spent.size();
    for (const Coin& spent : tx.spent) in_range = in_range && spent.value.in_money_range();
  }
  KP_ASSERT(decoded == coins);
  if (!in_range) return;
  Bytes once;
  append_block_undo(once, *undo);
  const auto again = decode_block_undo(once);
  KP_ASSERT(again && *again == *undo && once.size() <= input.size());
}

Seeds block_index_record_seeds() {
  BlockIndexRecord record;
  record.height = 7;
  record.status = block_status::kValidScripts | block_status::kHaveData | block_status::kHaveUndo;
  record.transactions = 300;
  record.file = 2;
  record.data_offset = 8;
  record.undo_offset = 70'000;
  Seeds seeds(2);
  append_block_index_value(seeds[0], record);
  record.status = block_status::kValidTree;
  append_block_index_value(seeds[1], record);
  return seeds;
}

FUZZ_TARGET(block_index_record, block_index_record_seeds) {
  const auto record = decode_block_index_value(input);
  if (!record) return;
  Bytes once;
  append_block_index_value(once, *record);
  const auto again = decode_block_index_value(once);
  KP_ASSERT(again && *again == *record);
}

Seeds file_info_seeds() {
  Seeds seeds(1);
  append_file_info(seeds[0], {.blocks = 3,
                              .size = 1000,
                              .undo_size = 50,
                              .height_first = 1,
                              .height_last = 3,
                              .time_first = 1'231'006'505,
                              .time_last = 1'231'469'665});
  return seeds;
}

FUZZ_TARGET(file_info, file_info_seeds) {
  const auto info = decode_file_info(input);
  if (!info) return;
  Bytes once;
  append_file_info(once, *info);
  KP_ASSERT(equal(once, input));
}

// --- files -----------------------------------------------------------------------------------------------------------

void write_file(Env& env, const std::string& path, ByteView bytes) {
  const auto file = env.open_write(path, WriteMode::Truncate).value();
  KP_ASSERT(file->append(bytes).ok());
}

// Whether there is a best block, then values of both rows, raw.
Seeds chainstate_marker_seeds() {
  Bytes both{3};
  append_chunk(both, Bytes(32, 1));
  Bytes heads{2};
  heads.resize(65, 2);
  heads[0] = 2;
  append_chunk(both, heads);
  return {both, {0}};
}

FUZZ_TARGET(chainstate_marker, chainstate_marker_seeds) {
  static SimulatedDisk disk;
  static const std::unique_ptr<Database> database = Database::open(disk, "/chainstate", {}).value();
  Input fields{input};
  const std::uint8_t present = fields.take();
  const Bytes best = copy_of(fields.chunk());
  const Bytes heads = copy_of(fields.chunk());
  WriteBatch batch;
  (present & 1) != 0 ? batch.put(as_bytes("B"), best) : batch.erase(as_bytes("B"));
  (present & 2) != 0 ? batch.put(as_bytes("H"), heads) : batch.erase(as_bytes("H"));
  KP_ASSERT(database->write(batch, Durability::Unsynced).ok());
  const auto marker = read_marker(*database);
  if (!marker) {
    KP_ASSERT(marker.error().kind == FaultKind::Corruption);
    return;
  }
  if (marker->best) KP_ASSERT((present & 1) != 0 && equal(marker->best->view(), best));
  if (marker->heads) KP_ASSERT((present & 2) != 0 && equal(marker->heads->to.view(), ByteView{heads}.subspan(1, 32)));
  WriteBatch again;
  put_marker(again, *marker);
  KP_ASSERT(database->write(again, Durability::Unsynced).ok());
  const auto back = read_marker(*database);
  KP_ASSERT(back && *back == *marker);
}

constexpr NetworkMagic kMagic{0xfa, 0xbf, 0xb5, 0xda};

// Which records are rejected (a bit each), whether the file is obfuscated, then the file.
Seeds block_scanner_seeds() {
  Bytes file{0, 0};
  for (const std::uint32_t size : {80u, 100u, 79u, 300u}) {
    append(file, kMagic);
    append_le(file, size);
    file.resize(file.size() + size, 0xfa);
    append(file, Bytes{0xfa, 0xbf});
  }
  Bytes rejecting = file;
  rejecting[0] = 5;
  return {file, rejecting};
}

// Every record is where it says, passed bytes are records or junk, and rejecting one finds what is inside it.
FUZZ_TARGET(block_scanner, block_scanner_seeds) {
  Input fields{input};
  std::uint8_t rejected = fields.take();
  ObfuscationKey key{};
  if (fields.flip()) key = {1, 2, 3, 4, 5, 6, 7, 8};
  const Bytes content = copy_of(fields.rest());
  Bytes stored = content;
  obfuscate(stored, key);
  SimulatedDisk disk;
  write_file(disk, "/blk.dat", stored);
  auto scanner = BlockScanner::open(disk, "/blk.dat", kMagic, key);
  KP_ASSERT(scanner && scanner->size() == content.size());
  std::uint64_t in_records = 0;
  for (;;) {
    const auto found = scanner->next();
    KP_ASSERT(found.ok());
    if (!*found) break;
    const ScannedBlock& block = **found;
    const ByteView record = ByteView{content}.subspan(block.offset - kRecordHeaderBytes, kRecordHeaderBytes);
    KP_ASSERT(equal(record.first(4), kMagic) && load_le<std::uint32_t>(record.data() + 4) == block.bytes.size());
    KP_ASSERT(block.bytes.size() >= kBlockBytesMin &&
              equal(block.bytes, ByteView{content}.subspan(block.offset, block.bytes.size())));
    in_records += kRecordHeaderBytes + block.bytes.size();
    if ((rejected & 1) != 0) {
      in_records -= kRecordHeaderBytes + block.bytes.size();
      scanner->reject();
    }
    rejected >>= 1;
    KP_ASSERT(in_records + scanner->junk_bytes() == scanner->position());
  }
  KP_ASSERT(in_records + scanner->junk_bytes() == content.size() && scanner->position() == content.size());
}

struct SnapshotContent {
  SnapshotHeader header;
  std::vector<SnapshotCoin> coins;
  friend bool operator==(const SnapshotContent& a, const SnapshotContent& b) {
    return a.header.base == b.header.base && a.header.magic == b.header.magic && a.coins.size() == b.coins.size() &&
           std::equal(a.coins.begin(), a.coins.end(), b.coins.begin(),
                      [](const auto& x, const auto& y) { return x.outpoint == y.outpoint && x.coin == y.coin; });
  }
};

std::optional<SnapshotContent> read_snapshot(Env& env, const std::string& path) {
  auto reader = SnapshotReader::open(env, path);
  if (!reader) {
    KP_ASSERT(!reader.error().message.empty());
    return std::nullopt;
  }
  SnapshotContent content{reader->header(), {}};
  for (;;) {
    SnapshotCoin coin;
    const auto more = reader->next(coin);
    if (!more) {
      KP_ASSERT(more.error().kind == FaultKind::Corruption);
      return std::nullopt;
    }
    if (!*more) break;
    content.coins.push_back(coin);
  }
  KP_ASSERT(reader->coins_read() == content.coins.size() && content.coins.size() == content.header.coins);
  return content;
}

void write_snapshot(Env& env, const std::string& path, const SnapshotContent& content) {
  auto writer = SnapshotWriter::create(env, path, content.header);
  KP_ASSERT(writer.ok());
  for (const SnapshotCoin& coin : content.coins) KP_ASSERT(writer->add(coin.outpoint, coin.coin.view()).ok());
  KP_ASSERT(writer->finish().ok());
}

Seeds snapshot_file_seeds() {
  SimulatedDisk disk;
  SnapshotContent content{{kMagic, BlockHash{{9}}, 4}, {}};
  for (std::uint32_t i = 0; i < 4; ++i)
    content.coins.push_back({{Txid{{static_cast<std::uint8_t>(i / 2)}}, i}, sample_coins()[i]});
  write_snapshot(disk, "/snapshot", content);
  return {*read_file(disk, "/snapshot", 10'000)};
}

FUZZ_TARGET(snapshot_file, snapshot_file_seeds) {
  SimulatedDisk disk;
  write_file(disk, "/snapshot", input);
  const auto content = read_snapshot(disk, "/snapshot");
  if (!content) return;
  const bool in_range = std::all_of(content->coins.begin(), content->coins.end(),
                                    [](const SnapshotCoin& coin) { return coin.coin.value.in_money_range(); });
  if (!in_range) return;  // their reader judges; no promise is made about such amounts
  write_snapshot(disk, "/again", *content);
  KP_ASSERT(read_snapshot(disk, "/again") == content);
}

// The manifest, then a log.
Seeds leveldb_logs_seeds() {
  SimulatedDisk disk;
  WriteBatch batch;
  batch.put(as_bytes("key"), as_bytes("value"));
  KP_ASSERT((*Database::open(disk, "/d", {}))->write(batch, Durability::Synced).ok());
  Bytes manifest;
  Bytes log;
  const auto names = *disk.list("/d");
  for (const std::string& name : names) {
    if (name.starts_with("MANIFEST")) manifest = *read_file(disk, "/d/" + name, 10'000);
    if (name.ends_with(".log")) log = *read_file(disk, "/d/" + name, 10'000);
  }
  Bytes seed;
  append_chunk(seed, manifest);
  append(seed, log);
  return {seed};
}

FUZZ_TARGET(leveldb_logs, leveldb_logs_seeds) {
  SimulatedDisk disk;
  Input fields{input};
  KP_ASSERT(disk.make_directory("/d").ok());
  write_file(disk, "/d/CURRENT", as_bytes("MANIFEST-000002\n"));
  write_file(disk, "/d/MANIFEST-000002", fields.chunk());
  write_file(disk, "/d/000003.log", fields.rest());
  const auto limits = inspect_logs(disk, "/d");
  if (!limits) {
    KP_ASSERT(limits.error().kind == FaultKind::Corruption && !limits.error().message.empty());
    return;
  }
  for (const auto& [name, bytes] : *limits) KP_ASSERT(bytes <= disk.status("/d/" + name)->size);
}

}  // namespace
}  // namespace kepeng::fuzz
