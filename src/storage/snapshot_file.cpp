// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/storage/snapshot_file.h>

#include <algorithm>
#include <utility>

#include <kepeng/base/files.h>
#include <kepeng/primitives/encoding.h>

namespace kepeng::storage {
namespace {

constexpr std::uint8_t kFileMagic[] = {'u', 't', 'x', 'o', 0xff};
constexpr std::uint16_t kVersion = 2;
constexpr std::size_t kHeaderBytes = 5 + 2 + 4 + 32 + 8;
constexpr std::size_t kChunkBytes = 1 << 20;
// A coin is at most this long: three numbers and a script of a size that a block can hold.
constexpr std::size_t kCoinBytesMax = 64 + 4'000'000;

Fault damaged(const std::string& what, std::uint64_t coins_read) {
  return {FaultKind::Corruption,
          "Bad snapshot" + what + " after deserializing " + std::to_string(coins_read) + " coins"};
}

}  // namespace

// The coins of the transaction at hand wait in `group` until it is known how many there are.
struct SnapshotWriter::State {
  Env& env;
  std::string path;
  std::string temporary;
  std::unique_ptr<WriteFile> file;
  std::uint64_t declared = 0;
  std::uint64_t added = 0;
  std::uint64_t written = 0;
  Bytes buffer;
  Bytes group;
  std::uint64_t group_coins = 0;
  Txid group_txid;
  bool finished = false;

  State(Env& files, std::string where) : env{files}, path{std::move(where)}, temporary{path + ".incomplete"} {}
  ~State() {
    if (file == nullptr || finished) return;
    file = nullptr;
    static_cast<void>(env.remove(temporary));
  }

  Result<Unit, Fault> flush() {
    KP_TRY_VOID(file->write_at(written, buffer));
    written += buffer.size();
    buffer.clear();
    return Unit{};
  }

  Result<Unit, Fault> end_group() {
    if (group_coins == 0) return Unit{};
    append(buffer, group_txid.view());
    append_compact_size(buffer, group_coins);
    append(buffer, group);
    group.clear();
    group_coins = 0;
    if (buffer.size() < kChunkBytes) return Unit{};
    return flush();
  }
};

SnapshotWriter::SnapshotWriter(std::unique_ptr<State> state) : state_{std::move(state)} {}
SnapshotWriter::SnapshotWriter(SnapshotWriter&&) noexcept = default;
SnapshotWriter::~SnapshotWriter() = default;

Result<SnapshotWriter, Fault> SnapshotWriter::create(Env& env, const std::string& path, const SnapshotHeader& header) {
  KP_TRY(const bool is_there, exists(env, path));
  if (is_there) return Err{Fault{FaultKind::Config, path + " already exists. If you are sure, move it away first."}};
  auto state = std::make_unique<State>(env, path);
  KP_TRY(state->file, env.open_write(state->temporary, WriteMode::Truncate));
  state->declared = header.coins;
  append(state->buffer, kFileMagic);
  append_le(state->buffer, kVersion);
  append(state->buffer, header.magic);
  append(state->buffer, header.base.view());
  append_le(state->buffer, header.coins);
  return SnapshotWriter{std::move(state)};
}

Result<Unit, Fault> SnapshotWriter::add(const OutPoint& outpoint, const CoinView& coin) {
  State& s = *state_;
  if (s.group_coins != 0 && s.group_txid != outpoint.txid) KP_TRY_VOID(s.end_group());
  s.group_txid = outpoint.txid;
  append_compact_size(s.group, outpoint.index);
  append_coin(s.group, coin);
  ++s.group_coins;
  ++s.added;
  return Unit{};
}

Result<Unit, Fault> SnapshotWriter::finish() {
  State& s = *state_;
  KP_ASSERT(s.added == s.declared && !s.finished);
  KP_TRY_VOID(s.end_group());
  KP_TRY_VOID(s.flush());
  KP_TRY_VOID(s.file->sync());
  KP_TRY_VOID(s.env.rename(s.temporary, s.path));
  s.finished = true;
  return s.env.sync_directory(parent_path(s.path));
}

// `window` holds what was read and not decoded yet, from `at` on.
struct SnapshotReader::State {
  std::unique_ptr<SequentialFile> file;
  SnapshotHeader header;
  Bytes window;
  std::size_t at = 0;
  bool at_end = false;
  std::uint64_t coins_read = 0;
  Txid txid;
  std::uint64_t group_left = 0;

  ByteView rest() const { return ByteView{window}.subspan(at); }

  Result<Unit, Fault> read_more() {
    window.erase(window.begin(), window.begin() + static_cast<std::ptrdiff_t>(at));
    at = 0;
    const std::size_t had = window.size();
    window.resize(had + kChunkBytes);
    auto got = file->read(ByteSpan{window}.subspan(had));
    window.resize(had + (got ? *got : 0));
    if (!got) return Err{std::move(got).error()};
    at_end = *got < kChunkBytes;
    return Unit{};
  }

  // Runs `decode(cursor)` over what is there, and again with more whenever it came to the end too early.
  template <class F>
  Result<Unit, Fault> read(F&& decode) {
    for (;;) {
      Cursor cursor{rest()};
      decode(cursor);
      if (cursor.ok()) {
        at += cursor.position();
        return Unit{};
      }
      const bool may_go_on = cursor.error() == DecodeError::Truncated && !at_end && rest().size() < kCoinBytesMax;
      if (!may_go_on) return Err{bad_coin()};
      KP_TRY_VOID(read_more());
    }
  }

  Fault bad_coin() const { return damaged(" format or truncated snapshot", coins_read); }
};

SnapshotReader::SnapshotReader(std::unique_ptr<State> state) : state_{std::move(state)} {}
SnapshotReader::SnapshotReader(SnapshotReader&&) noexcept = default;
SnapshotReader::~SnapshotReader() = default;

Result<SnapshotReader, Fault> SnapshotReader::open(Env& env, const std::string& path) {
  auto state = std::make_unique<State>();
  KP_TRY(state->file, env.open_sequential(path));
  KP_TRY_VOID(state->read_more());
  Cursor cursor{state->rest()};
  const ByteView file_magic = cursor.read_bytes(sizeof kFileMagic);
  const auto version = cursor.read_le<std::uint16_t>();
  const ByteView network = cursor.read_bytes(state->header.magic.size());
  const ByteView base = cursor.read_bytes(32);
  state->header.coins = cursor.read_le<std::uint64_t>();
  if (!cursor.ok() || !equal(file_magic, kFileMagic)) {
    return Err{Fault{FaultKind::Unsupported,
                     "Invalid UTXO set snapshot magic bytes. Please check if this is indeed a snapshot file or if you "
                     "are using an outdated snapshot format."}};
  }
  if (version != kVersion) {
    return Err{Fault{FaultKind::Unsupported, "Version of snapshot " + std::to_string(version) +
                                                 " does not match any of the supported versions."}};
  }
  std::copy(network.begin(), network.end(), state->header.magic.begin());
  state->header.base = BlockHash::from_bytes(base.data());
  state->at = kHeaderBytes;
  return SnapshotReader{std::move(state)};
}

const SnapshotHeader& SnapshotReader::header() const {
  return state_->header;
}
std::uint64_t SnapshotReader::coins_read() const {
  return state_->coins_read;
}

Result<bool, Fault> SnapshotReader::next(SnapshotCoin& coin) {
  State& s = *state_;
  if (s.coins_read == s.header.coins) {
    if (s.rest().empty() && !s.at_end) KP_TRY_VOID(s.read_more());
    if (!s.rest().empty()) return Err{damaged(" - coins left over", s.coins_read)};
    return false;
  }
  if (s.group_left == 0) {
    KP_TRY_VOID(s.read([&](Cursor& cursor) {
      const ByteView txid = cursor.read_bytes(32);
      s.group_left = cursor.read_size();
      if (cursor.ok()) s.txid = Txid::from_bytes(txid.data());
    }));
    if (s.group_left > s.header.coins - s.coins_read) {
      return Err{Fault{FaultKind::Corruption, "Mismatch in coins count in snapshot metadata and actual snapshot data"}};
    }
    if (s.group_left == 0) return Err{s.bad_coin()};
  }
  std::uint64_t index = 0;
  KP_TRY_VOID(s.read([&](Cursor& cursor) {
    index = cursor.read_compact();
    read_coin(cursor, coin.coin);
  }));
  // The highest index is that of no output.
  if (index >= UINT32_MAX) return Err{damaged(" data", s.coins_read)};
  coin.outpoint = OutPoint{s.txid, static_cast<std::uint32_t>(index)};
  --s.group_left;
  ++s.coins_read;
  return true;
}

}  // namespace kepeng::storage
