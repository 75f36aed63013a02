// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/gossip/filter_serving.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>

namespace kepeng::gossip::test {
namespace {

constexpr PeerId kPeer{1};
constexpr Height kBlocks = 2500;

// A chain of headers alone: who serves filters needs no more of it.
class Chain final : public ChainReader {
 public:
  Chain() {
    add(nullptr, 0);
    for (Height height = 1; height <= kBlocks; ++height) add(&entries_.back(), 0);
    view_ = chain::ChainView::make(&entries_.back(), nullptr);
    aside_ = add(view_->at(kBlocks - 1), 1);
  }
  std::shared_ptr<const chain::ChainView> view() const override { return view_; }
  const chain::Entry* find(const BlockHash& hash) const override {
    const auto found =
        std::find_if(entries_.begin(), entries_.end(), [&](const auto& one) { return one.hash == hash; });
    return found == entries_.end() ? nullptr : &*found;
  }
  const chain::Entry* best_header() const override { return view_->tip(); }
  bool is_catching_up() const override { return false; }

  BlockHash at(Height height) const { return view_->at(height)->hash; }
  BlockHash aside() const { return aside_->hash; }

 private:
  const chain::Entry* add(const chain::Entry* parent, std::uint8_t branch) {
    chain::Entry& entry = entries_.emplace_back();
    entry.parent = parent;
    entry.height = parent == nullptr ? 0 : parent->height + 1;
    store_le(entry.hash.bytes.data(), entry.height);
    entry.hash.bytes[31] = branch;
    return &entry;
  }

  std::deque<chain::Entry> entries_;
  std::shared_ptr<const chain::ChainView> view_;
  const chain::Entry* aside_ = nullptr;
};

// Numbers in the place of filters, up to a height.
class Filters final : public FilterReader {
 public:
  std::optional<Bytes> filter(const chain::Entry& entry) const override {
    if (entry.height > known_to) return std::nullopt;
    return Bytes(filter_bytes, static_cast<std::uint8_t>(entry.height));
  }
  std::optional<FilterHash> hash(const chain::Entry& entry) const override {
    if (entry.height > known_to) return std::nullopt;
    return FilterHash{entry.hash.bytes};
  }
  std::optional<FilterHeader> header(const chain::Entry& entry) const override {
    if (entry.height > known_to) return std::nullopt;
    FilterHeader header{entry.hash.bytes};
    header.bytes[30] = 1;
    return header;
  }

  Height known_to = kBlocks;
  std::size_t filter_bytes = 20;
};

const Chain& chain_of_headers() {
  static const Chain one;
  return one;
}

struct Server {
  explicit Server(bool offers = true) : serving{chain, offers ? &filters : nullptr} {}

  template <class M>
  Actions ask(const M& message) {
    Actions out;
    serving.on(kPeer, message, out);
    return out;
  }
  template <class M>
  bool is_sent_away(const M& message) {
    const Actions out = ask(message);
    return out.size() == 1 && std::holds_alternative<Disconnect>(out[0]);
  }

  const Chain& chain = chain_of_headers();
  Filters filters;
  FilterServing serving;
};

template <class M>
const M& sent(const Action& action) {
  return std::get<M>(std::get<Send>(action).message);
}

TEST(FilterServing, FiltersOfARange) {
  Server server;
  const Actions out = server.ask(wire::GetCFilters{0, 100, server.chain.at(199)});
  ASSERT_EQ(out.size(), 100u);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto& filter = sent<wire::CFilter>(out[i]);
    EXPECT_EQ(filter.block, server.chain.at(static_cast<Height>(100 + i)));
    EXPECT_EQ(filter.filter, Bytes(20, static_cast<std::uint8_t>(100 + i)));
  }
  EXPECT_FALSE(server.serving.is_waiting(kPeer));
}

TEST(FilterServing, P03_LargeFiltersLeaveAsThereIsRoom) {
  Server server;
  server.filters.filter_bytes = 100'000;
  std::size_t filters = server.ask(wire::GetCFilters{0, 1, server.chain.at(1000)}).size();
  EXPECT_EQ(filters, 3u);
  int rounds = 0;
  while (server.serving.is_waiting(kPeer)) {
    Actions out;
    server.serving.on_room(kPeer, out);
    EXPECT_LE(out.size(), 3u);
    filters += out.size();
    ++rounds;
  }
  EXPECT_EQ(filters, 1000u);
  EXPECT_EQ(rounds, 333);
}

TEST(FilterServing, P03_OneQuestionWaitsAtMost) {
  Server server;
  server.filters.filter_bytes = 300'000;
  const wire::GetCFilters question{0, 1, server.chain.at(10)};
  EXPECT_FALSE(server.is_sent_away(question));
  EXPECT_TRUE(server.is_sent_away(question));
  server.serving.remove_peer(kPeer);
  EXPECT_FALSE(server.is_sent_away(question));
}

TEST(FilterServing, HeadersOfARange) {
  Server server;
  const Actions out = server.ask(wire::GetCFHeaders{0, 1, server.chain.at(2000)});
  ASSERT_EQ(out.size(), 1u);
  const auto& answer = sent<wire::CFHeaders>(out[0]);
  EXPECT_EQ(answer.stop, server.chain.at(2000));
  EXPECT_EQ(answer.hashes.size(), 2000u);
  EXPECT_EQ(answer.hashes[5], FilterHash{server.chain.at(6).bytes});
  EXPECT_EQ(answer.previous, *server.filters.header(*server.chain.view()->at(0)));
  const Actions first = server.ask(wire::GetCFHeaders{0, 0, server.chain.at(0)});
  EXPECT_TRUE(sent<wire::CFHeaders>(first[0]).previous.is_null());
}

TEST(FilterServing, CheckpointsEveryThousandBlocks) {
  Server server;
  const Actions out = server.ask(wire::GetCFCheckpt{0, server.chain.at(kBlocks)});
  const auto& answer = sent<wire::CFCheckpt>(out.at(0));
  ASSERT_EQ(answer.headers.size(), 2u);
  EXPECT_EQ(answer.headers[1], *server.filters.header(*server.chain.view()->at(2000)));
  EXPECT_EQ(sent<wire::CFCheckpt>(server.ask(wire::GetCFCheckpt{0, server.chain.at(999)}).at(0)).headers.size(), 0u);
  EXPECT_EQ(sent<wire::CFCheckpt>(server.ask(wire::GetCFCheckpt{0, server.chain.at(1000)}).at(0)).headers.size(), 1u);
}

TEST(FilterServing, B036_QuestionsThatNobodyAsks) {
  Server server;
  const BlockHash stop = server.chain.at(1500);
  EXPECT_TRUE(server.is_sent_away(wire::GetCFilters{0, 1501, stop}));
  EXPECT_TRUE(server.is_sent_away(wire::GetCFilters{0, 0xffffffff, stop}));
  EXPECT_TRUE(server.is_sent_away(wire::GetCFilters{0, 500, stop})) << "1,001 blocks";
  EXPECT_FALSE(server.is_sent_away(wire::GetCFilters{0, 501, stop}));
  EXPECT_TRUE(server.is_sent_away(wire::GetCFHeaders{0, 0, server.chain.at(2000)})) << "2,001 blocks";
  EXPECT_TRUE(server.is_sent_away(wire::GetCFHeaders{0, 1501, stop}));
  for (const BlockHash& unknown : {BlockHash{{9, 9, 9, 9}}, server.chain.aside()}) {
    EXPECT_TRUE(server.is_sent_away(wire::GetCFilters{0, 1, unknown}));
    EXPECT_TRUE(server.is_sent_away(wire::GetCFHeaders{0, 1, unknown}));
    EXPECT_TRUE(server.is_sent_away(wire::GetCFCheckpt{0, unknown}));
  }
  EXPECT_TRUE(server.is_sent_away(wire::GetCFilters{1, 1500, stop}));
  EXPECT_TRUE(server.is_sent_away(wire::GetCFHeaders{255, 1500, stop}));
  EXPECT_TRUE(server.is_sent_away(wire::GetCFCheckpt{1, stop}));
}

TEST(FilterServing, B036_WhereItIsNotOffered) {
  Server server{false};
  EXPECT_TRUE(server.is_sent_away(wire::GetCFilters{0, 1, server.chain.at(1)}));
  EXPECT_TRUE(server.is_sent_away(wire::GetCFHeaders{0, 1, server.chain.at(1)}));
  EXPECT_TRUE(server.is_sent_away(wire::GetCFCheckpt{0, server.chain.at(1)}));
}

TEST(FilterServing, AnIndexThatIsBehindIsSilent) {
  Server server;
  server.filters.known_to = 50;
  EXPECT_TRUE(server.ask(wire::GetCFHeaders{0, 1, server.chain.at(51)}).empty());
  EXPECT_TRUE(server.ask(wire::GetCFCheckpt{0, server.chain.at(1000)}).empty());
  EXPECT_EQ(server.ask(wire::GetCFilters{0, 50, server.chain.at(60)}).size(), 1u);
  EXPECT_FALSE(server.serving.is_waiting(kPeer));
}

}  // namespace
}  // namespace kepeng::gossip::test
