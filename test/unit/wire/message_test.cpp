// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// What single messages may hold, and what becomes of those that hold more.
#include <kepeng/wire/message.h>

#include <gtest/gtest.h>

#include <set>

#include <kepeng/wire/limits.h>

#include "wire_samples.h"

namespace kepeng::wire::test {
namespace {

// One message of every kind, none of them empty where it can be full.
std::vector<Message> one_of_each() {
  const InventoryItem item{InventoryType::WitnessTx, {{1, 2, 3}}};
  const BlockLocator locator{70016, {BlockHash{{1}}, BlockHash{{2}}}, BlockHash{{3}}};
  const AddressEntry ipv4{1, 9, {*NetworkAddress::from_string("1.2.3.4"), 8333}};
  const AddressEntry onion{
      0xffffffff,
      0xffffffffff,
      {*NetworkAddress::from_string("pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion"), 0}};
  const BlockPtr block = sample_block(3, 40);
  Version version{70016, 9, {1'700'000'000}, {1, {1}, 8333}, {2, {2}, 1}, 77, "/kepeng:1.0/", 800'000, true};
  return {version,
          Verack{},
          WtxidRelay{},
          SendAddrV2{},
          SendTxRcncl{1, 2},
          Feature{"abcd", {1, 2, 3}},
          Ping{5},
          Pong{6},
          GetAddr{},
          Addr{{ipv4}},
          AddrV2{{ipv4, onion}},
          Inv{{item}},
          GetData{{item, item}},
          NotFound{{item}},
          GetBlocks{locator},
          GetHeaders{locator},
          Headers{{block->header(), {}}},
          SendHeaders{},
          BlockMessage{block},
          MerkleBlock{block->header(), 3, {{{1}}, {{2}}}, {0x1d}},
          SendCmpct{AnnounceMode::HighBandwidth, 2},
          CmpctBlock{block->header(), 1, {0xffffffffffff, 3}, {{0, sample_transaction(1)}, {3, sample_transaction(2)}}},
          GetBlockTxn{block->hash(), {0, 1, 5, 65535}},
          BlockTxn{block->hash(), {sample_transaction(1), sample_transaction(2, 30)}},
          TxMessage{sample_transaction(1, 20)},
          Mempool{},
          FeeFilter{{-1}},
          FilterLoad{{1, 2, 3}, 5, 6, 1},
          FilterAdd{{1, 2}},
          FilterClear{},
          GetCFilters{0, 5, BlockHash{{5}}},
          CFilter{0, BlockHash{{6}}, {1, 2, 3}},
          GetCFHeaders{0, 5, BlockHash{{5}}},
          CFHeaders{0, BlockHash{{5}}, {{1}}, {{{2}}, {{3}}}},
          GetCFCheckpt{0, BlockHash{{5}}},
          CFCheckpt{0, BlockHash{{5}}, {{{2}}}},
          Reject{"tx", 0x10, "bad", Bytes(32, 1)},
          Alert{{1, 2}, {3}}};
}

TEST(MessageTable, OneRowForEachAlternative) {
  std::set<std::string_view> names;
  for (const MessageRow& row : message_table()) {
    EXPECT_LE(row.name.size(), 12u);
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_EQ(find_message(row.name), &row);
    EXPECT_LE(row.payload_bytes_max, kPayloadBytesMax);
  }
  EXPECT_EQ(names.size(), 38u);
  for (const std::string_view name : {"", "versio", "version ", "VERSION", "verackx"}) {
    EXPECT_EQ(find_message(name), nullptr);
    EXPECT_EQ(error_of(name, {}), WireError::UnknownMessage);
  }
}

TEST(MessageTable, EveryMessageThereAndBack) {
  const auto messages = one_of_each();
  ASSERT_EQ(messages.size(), message_table().size());
  for (std::size_t i = 0; i < messages.size(); ++i) {
    ASSERT_EQ(messages[i].index(), i);
    const Bytes payload = encode(messages[i]);
    const auto decoded = decode(name_of(messages[i]), payload);
    ASSERT_TRUE(decoded.ok()) << name_of(messages[i]) << ": " << to_string(decoded.error());
    EXPECT_EQ(decoded->index(), i);
    EXPECT_EQ(encode(*decoded), payload);
  }
}

// Cut anywhere, a message is refused; only those with an optional end stand at one other place.
TEST(MessageTable, B006_B018_B026_TruncatedAtEveryByte) {
  for (const Message& message : one_of_each()) {
    const Bytes whole = encode(message);
    std::size_t accepted = 0;
    for (std::size_t length = 0; length < whole.size(); ++length) {
      const auto cut = decode(name_of(message), {whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)});
      if (cut.ok()) ++accepted;
    }
    const bool has_optional_end = std::holds_alternative<Version>(message) || std::holds_alternative<Ping>(message);
    const std::size_t expected = std::holds_alternative<Reject>(message) ? 32 : has_optional_end ? 1 : 0;
    EXPECT_EQ(accepted, expected) << name_of(message);
  }
}

TEST(MessageTable, B018_B028_BytesBehindAreRefusedOnlyWhereTheyWouldBeKept) {
  for (const Message& message : one_of_each()) {
    if (std::holds_alternative<Reject>(message)) continue;  // its end is whatever is left
    const Bytes whole = encode(message);
    Bytes longer = whole;
    append(longer, Bytes{1, 2, 3});
    const auto decoded = decode(name_of(message), longer);
    if (std::holds_alternative<BlockMessage>(message) || std::holds_alternative<TxMessage>(message)) {
      ASSERT_FALSE(decoded.ok()) << name_of(message);
      EXPECT_EQ(decoded.error(), WireError::TrailingBytes);
      continue;
    }
    ASSERT_TRUE(decoded.ok()) << name_of(message);
    EXPECT_EQ(encode(*decoded), whole);
  }
}

TEST(MessageTable, P01_PayloadLongerThanItsMessageMayBe) {
  for (const MessageRow& row : message_table()) {
    EXPECT_EQ(error_of(row.name, Bytes(row.payload_bytes_max + 1)), WireError::PayloadTooLong) << row.name;
  }
}

struct CountCase {
  std::string_view name;
  std::size_t before;  // bytes in front of the count
  std::uint64_t most;
  std::size_t item_bytes;
};
constexpr CountCase kCounts[] = {
    {"addr", 0, 1000, 30},       {"inv", 0, 50'000, 36},      {"getdata", 0, 50'000, 36},
    {"notfound", 0, 50'000, 36}, {"headers", 0, 2000, 81},    {"getheaders", 4, 101, 32},
    {"getblocks", 4, 101, 32},   {"cfheaders", 65, 2000, 32}, {"getblocktxn", 32, 65'535, 1},
};

TEST(Counts, B010_B012_B014_B017_OneTooManyIsAnErrorOfItsOwn) {
  for (const CountCase& row : kCounts) {
    const auto payload = [&](std::uint64_t claimed, std::size_t present) {
      Bytes bytes(row.before);
      append(bytes, zeros_for(claimed, present, row.item_bytes));
      bytes.resize(bytes.size() + 32);  // what may follow
      return bytes;
    };
    EXPECT_EQ(error_of(row.name, payload(row.most, row.most)), std::nullopt) << row.name;
    EXPECT_EQ(error_of(row.name, payload(0, 0)), std::nullopt) << row.name;
    EXPECT_EQ(error_of(row.name, payload(row.most + 1, row.most + 1)), WireError::TooManyEntries) << row.name;
    EXPECT_EQ(error_of(row.name, payload(row.most, 0)), WireError::Truncated) << row.name;
    EXPECT_EQ(error_of(row.name, payload(0x100000000, 0)), WireError::SizeTooLarge) << row.name;
    EXPECT_EQ(error_of(row.name, payload(UINT64_MAX, 0)), WireError::SizeTooLarge) << row.name;
  }
}

TEST(Counts, LengthsHaveOneForm) {
  EXPECT_EQ(error_of("inv", {0xfd, 0, 0}), WireError::NonCanonicalSize);
  EXPECT_EQ(error_of("filteradd", {0xfe, 1, 0, 0, 0, 9}), WireError::NonCanonicalSize);
}

TEST(Version, B006_UserAgent) {
  Version version;
  version.user_agent = std::string(256, '\x01');
  EXPECT_EQ(error_of("version", encode(version)), std::nullopt);
  version.user_agent += "\xff";
  EXPECT_EQ(error_of("version", encode(version)), WireError::UserAgentTooLong);
  version.user_agent = std::string(3'900'000, 'x');
  EXPECT_EQ(error_of("version", encode(version)), WireError::PayloadTooLong);
}

TEST(Version, B007_AnyNumbersAreRead) {
  Version version;
  version.protocol = 31'799;
  version.services = UINT64_MAX;
  version.start_height = -5;
  const Message decoded = *decode("version", encode(version));
  EXPECT_EQ(std::get<Version>(decoded).start_height, -5);
  EXPECT_EQ(std::get<Version>(decoded).services, UINT64_MAX);
  EXPECT_EQ(std::get<Version>(decoded).protocol, 31'799);
}

TEST(Feature, LengthsOfBip434) {
  for (const auto& [id, data, is_good] : {std::tuple{3u, 0u, false},
                                          {4u, 0u, true},
                                          {80u, 512u, true},
                                          {81u, 0u, false},
                                          {4u, 513u, false},
                                          {0u, 0u, false}}) {
    const Bytes payload = encode(Feature{std::string(id, 'f'), Bytes(data)});
    EXPECT_EQ(error_of("feature", payload), is_good ? std::nullopt : std::optional{WireError::BadFeature}) << id;
  }
}

TEST(Inventory, B011_UnknownTypesAndRepetitionsAreKept) {
  const InventoryItem strange{static_cast<InventoryType>(0xdeadbeef), {{1}}};
  const Message message = *decode("inv", encode(Inv{{strange, strange}}));
  EXPECT_EQ(std::get<Inv>(message).items, (std::vector{strange, strange}));
}

TEST(Headers, B014_TransactionCountsMeanNothing) {
  Bytes payload{2};
  append(payload, BlockHeader{}.encode());
  payload.push_back(5);
  append(payload, BlockHeader{}.encode());
  append(payload, Bytes{0xfd, 0xff, 0xff});
  const auto message = decode("headers", payload);
  ASSERT_TRUE(message.ok());
  EXPECT_EQ(std::get<Headers>(*message).headers.size(), 2u);
}

TEST(SendCmpct, B023_AnnounceModes) {
  Bytes payload{0};
  append_le(payload, UINT64_MAX);
  for (unsigned announce = 0; announce < 256; ++announce) {
    payload[0] = static_cast<std::uint8_t>(announce);
    EXPECT_EQ(error_of("sendcmpct", payload), announce < 2 ? std::nullopt : std::optional{WireError::BadAnnounceMode});
  }
}

TEST(AddrV2, B024_C127_EntriesThatAreNone) {
  const AddressEntry entry{0, 0, {*NetworkAddress::from_string("1.2.3.4"), 0}};
  AddrV2 message{std::vector(1000, entry)};
  EXPECT_EQ(error_of("addrv2", encode(message)), std::nullopt);
  message.entries.push_back(entry);
  EXPECT_EQ(error_of("addrv2", encode(message)), WireError::TooManyEntries);

  const auto with = [](std::uint8_t network, std::size_t length) {
    Bytes payload{1, 0, 0, 0, 0, 0, network};
    append_compact_size(payload, length);
    payload.resize(payload.size() + length);
    append(payload, Bytes{0, 0});
    return payload;
  };
  EXPECT_EQ(error_of("addrv2", with(99, 512)), std::nullopt);
  EXPECT_EQ(error_of("addrv2", with(99, 513)), WireError::AddressTooLong);
  EXPECT_EQ(error_of("addrv2", with(3, 10)), std::nullopt);
  for (const std::uint8_t network : {1, 2, 4, 5, 6}) {
    for (const std::size_t length : {0u, 3u, 5u, 15u, 17u, 31u, 33u, 512u}) {
      EXPECT_EQ(error_of("addrv2", with(network, length)), WireError::WrongAddressLength);
    }
  }
  // What is left out does not end the message.
  Bytes mixed{3, 0, 0, 0, 0, 0, 3, 2, 9, 9, 0, 1};
  append(mixed, ByteView{with(1, 4)}.subspan(1));
  append(mixed, ByteView{with(6, 16)}.subspan(1));
  EXPECT_EQ(std::get<AddrV2>(*decode("addrv2", mixed)).entries.size(), 1u);
}

TEST(Tx, B026_EveryFlagByte) {
  const TxPtr tx = sample_transaction(1, 20);
  for (unsigned flag = 0; flag < 256; ++flag) {
    Bytes payload = copy_of(tx->raw);
    payload[5] = static_cast<std::uint8_t>(flag);
    const auto error = error_of("tx", payload);
    EXPECT_EQ(error.has_value(), flag != 1) << flag;
  }
}

TEST(Filters, B033_Bip37Limits) {
  FilterLoad load{Bytes(36'000), 50, 0, 0};
  EXPECT_EQ(error_of("filterload", encode(load)), std::nullopt);
  load.functions = 51;
  EXPECT_EQ(error_of("filterload", encode(load)), WireError::TooManyBloomFunctions);
  load = {Bytes(36'001), 1, 0, 0};
  EXPECT_EQ(error_of("filterload", encode(load)), WireError::BloomFilterTooLarge);
  EXPECT_EQ(error_of("filteradd", encode(FilterAdd{Bytes(520)})), std::nullopt);
  EXPECT_EQ(error_of("filteradd", encode(FilterAdd{Bytes(521)})), WireError::BloomElementTooLarge);
}

TEST(Ping, B034_Lengths) {
  EXPECT_FALSE(std::get<Ping>(*decode("ping", {})).nonce.has_value());
  EXPECT_EQ(std::get<Ping>(*decode("ping", Bytes(8, 1))).nonce, 0x0101010101010101u);
  EXPECT_EQ(std::get<Ping>(*decode("ping", Bytes(9, 1))).nonce, 0x0101010101010101u);
  EXPECT_EQ(error_of("ping", Bytes(4'000'000)), WireError::PayloadTooLong);
  EXPECT_EQ(error_of("pong", {}), WireError::Truncated);
}

TEST(FeeFilter, B035_AnyRateIsRead) {
  EXPECT_EQ(error_of("feefilter", Bytes(7)), WireError::Truncated);
  for (const std::int64_t rate : {INT64_MIN, INT64_C(-1), INT64_MAX}) {
    EXPECT_EQ(std::get<FeeFilter>(*decode("feefilter", encode(FeeFilter{{rate}}))).rate.sats, rate);
  }
}

TEST(Blocks, PayloadBecomesTheBlock) {
  Bytes payload = copy_of(sample_block(5, 50)->raw());
  const std::uint8_t* const at = payload.data();
  const auto message = decode("block", std::move(payload));
  ASSERT_TRUE(message.ok());
  EXPECT_EQ(std::get<BlockMessage>(*message).block->raw().data(), at);
}

TEST(Blocks, OldPeersGetNoWitness) {
  const BlockPtr block = sample_block(3, 40);
  const Bytes stripped = encode(BlockMessage{block, WitnessForm::Forbidden});
  EXPECT_EQ(stripped.size(), block->stripped_size());
  const BlockPtr again = *parse_block(stripped);
  EXPECT_EQ(again->hash(), block->hash());
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_FALSE(again->transactions()[i].has_witness());
    EXPECT_EQ(again->transactions()[i].txid, block->transactions()[i].txid);
  }
  const TxPtr tx = sample_transaction(1, 20);
  EXPECT_EQ(encode(TxMessage{tx, WitnessForm::Forbidden}).size(), tx->stripped_size);
}

TEST(MessageTable, RandomBytesNeverGetThroughChanged) {
  Prng random{11};
  std::size_t decoded = 0;
  for (int round = 0; round < 20'000; ++round) {
    const MessageRow& row = message_table()[random.below(message_table().size())];
    Bytes payload(random.below(200));
    random.fill(payload);
    if (!payload.empty() && random.below(2) == 0) payload[0] = static_cast<std::uint8_t>(random.below(4));
    const auto message = decode(row.name, payload);
    if (!message) continue;
    ++decoded;
    const Bytes once = encode(*message);
    const auto again = decode(row.name, once);
    ASSERT_TRUE(again.ok()) << row.name;
    EXPECT_EQ(encode(*again), once) << row.name;
  }
  EXPECT_GT(decoded, 1000u);
}

}  // namespace
}  // namespace kepeng::wire::test
