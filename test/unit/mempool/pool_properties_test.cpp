// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Any sequence of changes to the pool against a model that knows only who spends what and counts everything anew
// (rapidcheck). RC_PARAMS="seed=..." plays a failure again.

#include <kepeng/mempool/pool.h>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include <kepeng/primitives/mutable_transaction.h>

namespace kepeng::mempool {
namespace {

using cluster::FeeSize;

constexpr std::size_t kClusterMax = 8;  // all 256 subsets can be looked at
constexpr std::int64_t kWeightMax = 1'500;
constexpr std::size_t kOutputs = 3;

// --- the model: nothing but the entries
struct Model {
  std::map<Txid, Entry> entries;

  const Entry* spender_of(const OutPoint& outpoint) const {
    for (const auto& [txid, entry] : entries) {
      for (const OutPoint& prevout : entry.tx->prevouts()) {
        if (prevout == outpoint) return &entry;
      }
    }
    return nullptr;
  }
  bool are_related(const Entry& a, const Entry& b) const {
    const auto spends = [](const Entry& child, const Entry& parent) {
      const auto prevouts = child.tx->prevouts();
      return std::any_of(prevouts.begin(), prevouts.end(),
                         [&](const OutPoint& prevout) { return prevout.txid == parent.txid(); });
    };
    return spends(a, b) || spends(b, a);
  }
  // What hangs together, by trying everybody with everybody.
  std::vector<std::vector<const Entry*>> clusters() const {
    std::vector<std::vector<const Entry*>> all;
    for (const auto& [txid, entry] : entries) {
      std::vector<const Entry*> joined{&entry};
      std::erase_if(all, [&](const auto& one) {
        if (std::none_of(one.begin(), one.end(), [&](const Entry* other) { return are_related(entry, *other); }))
          return false;
        joined.insert(joined.end(), one.begin(), one.end());
        return true;
      });
      all.push_back(std::move(joined));
    }
    return all;
  }
  void remove(const std::set<Txid>& gone) {
    for (const Txid& txid : gone) entries.erase(txid);
  }
  // All that spend these, and so on; or all that these spend.
  std::set<Txid> closure(std::set<Txid> some, bool downwards) const {
    for (bool grows = true; grows;) {
      grows = false;
      for (const auto& [txid, entry] : entries) {
        for (const OutPoint& prevout : entry.tx->prevouts()) {
          if (!entries.contains(prevout.txid)) continue;
          const Txid& from = downwards ? prevout.txid : txid;
          const Txid& to = downwards ? txid : prevout.txid;
          if (some.contains(from)) grows = some.insert(to).second || grows;
        }
      }
    }
    return some;
  }
};

// The chunks by definition: of all that could be taken next whatever pays the best rate, the least of it.
std::vector<FeeSize> chunks_of(const std::vector<const Entry*>& members) {
  std::vector<FeeSize> chunks;
  std::uint64_t taken = 0;
  const std::uint64_t all = (1ull << members.size()) - 1;
  std::vector<std::uint64_t> needs(members.size());
  for (std::size_t i = 0; i < members.size(); ++i) {
    for (std::size_t j = 0; j < members.size(); ++j) {
      for (const OutPoint& prevout : members[i]->tx->prevouts()) {
        if (prevout.txid == members[j]->txid()) needs[i] |= 1ull << j;
      }
    }
  }
  while (taken != all) {
    FeeSize best;
    std::uint64_t best_bits = 0;
    for (std::uint64_t bits = 1; bits <= all; ++bits) {
      if ((bits & taken) != 0) continue;
      FeeSize worth;
      bool is_next = true;
      for (std::size_t i = 0; i < members.size(); ++i) {
        if ((bits >> i & 1) == 0) continue;
        is_next = is_next && (needs[i] & ~(bits | taken)) == 0;
        worth += members[i]->worth();
      }
      if (!is_next) continue;
      if (best_bits != 0) {
        const auto rates = cluster::compare_rates(worth, best);
        if (rates == std::weak_ordering::less) continue;
        if (rates == std::weak_ordering::equivalent && worth.size >= best.size) continue;
      }
      best = worth;
      best_bits = bits;
    }
    taken |= best_bits;
    chunks.push_back(best);
  }
  return chunks;
}

std::vector<FeeSize> diagram_of(std::vector<FeeSize> chunks) {
  std::stable_sort(chunks.begin(), chunks.end(), [](const FeeSize& a, const FeeSize& b) {
    return cluster::compare_rates(a, b) == std::weak_ordering::greater;
  });
  return chunks;
}

// --- what is done to both
struct Step {
  unsigned kind;
  unsigned pick;
  std::vector<unsigned> spends;
  std::int64_t fee;
  std::int64_t weight;
};
std::ostream& operator<<(std::ostream& to, const Step& step) {
  return to << "{" << step.kind << ", " << step.pick << ", " << step.spends.size() << " inputs, " << step.fee << ", "
            << step.weight << "}";
}

rc::Gen<Step> any_step() {
  return rc::gen::build<Step>(
      rc::gen::set(&Step::kind, rc::gen::inRange(0u, 12u)), rc::gen::set(&Step::pick, rc::gen::inRange(0u, 1'000u)),
      rc::gen::set(&Step::spends,
                   rc::gen::resize(4, rc::gen::container<std::vector<unsigned>>(rc::gen::inRange(0u, 1'000u)))),
      rc::gen::set(&Step::fee, rc::gen::inRange<std::int64_t>(0, 600)),
      rc::gen::set(&Step::weight, rc::gen::inRange<std::int64_t>(60, 400)));
}

class Both {
 public:
  void take(const Step& step) {
    if (step.kind < 6 || model_.entries.empty()) return add(step);
    if (step.kind < 8) return set_fee(step);
    if (step.kind < 10) return take_out(step);
    if (step.kind == 10) return confirm(step);
    come_back();
  }
  void check() const;

 private:
  const Txid& picked(unsigned pick) const {
    return std::next(model_.entries.begin(), static_cast<std::ptrdiff_t>(pick % model_.entries.size()))->first;
  }
  std::vector<const Entry*> in_pool(const std::set<Txid>& some) const {
    std::vector<const Entry*> found;
    for (const Txid& txid : some) found.push_back(pool_.find(txid));
    return found;
  }
  Entry entry_of(const Step& step) {
    MutableTransaction tx;
    Txid coin;
    store_le(coin.bytes.data(), ++made_);
    tx.inputs.push_back({{coin, 0}, {}, 0, {}});
    std::set<OutPoint> spent;
    for (const unsigned spend : step.spends) {
      if (model_.entries.empty()) break;
      const OutPoint wanted{picked(spend), static_cast<std::uint32_t>(spend % kOutputs)};
      if (spent.insert(wanted).second) tx.inputs.push_back({wanted, {}, 0, {}});
    }
    for (std::size_t i = 0; i < kOutputs; ++i) tx.outputs.push_back({Amount{1'000}, {0x51}});
    Entry entry;
    entry.tx = pack(*tx.freeze());
    entry.fee = entry.modified_fee = {step.fee};
    entry.weight = step.weight;
    entry.size = (step.weight + 3) / 4;
    return entry;
  }
  // A newcomer, in place of whoever spends the same.
  void add(const Step& step) {
    const Entry newcomer = entry_of(step);
    std::set<Txid> rivals;
    for (const OutPoint& prevout : newcomer.tx->prevouts()) {
      if (const Entry* rival = model_.spender_of(prevout)) rivals.insert(rival->txid());
    }
    rivals = model_.closure(rivals, true);
    for (const OutPoint& prevout : newcomer.tx->prevouts()) {
      if (rivals.contains(prevout.txid)) return;  // would spend what it replaces
    }
    Model after = model_;
    after.remove(rivals);
    after.entries.emplace(newcomer.txid(), newcomer);
    change(std::move(after), {.remove = in_pool(rivals), .add = {newcomer}});
  }
  // A change that the limits may forbid: model and plan must agree about that.
  void change(Model after, Change change) {
    const auto clusters = after.clusters();
    const bool is_too_much = std::any_of(clusters.begin(), clusters.end(), [](const auto& one) {
      std::int64_t weight = 0;
      for (const Entry* entry : one) weight += entry->weight;
      return one.size() > kClusterMax || weight > kWeightMax;
    });
    Plan plan = pool_.plan(std::move(change));
    RC_ASSERT(plan.exceeds_limits() == is_too_much);
    if (is_too_much) return;
    pool_.apply(std::move(plan));
    model_ = std::move(after);
  }
  void set_fee(const Step& step) {
    const Txid txid = picked(step.pick);
    model_.entries.at(txid).modified_fee = {step.fee - 100};
    pool_.set_modified_fee(*pool_.find(txid), {step.fee - 100});
  }
  void take_out(const Step& step) {
    const auto gone = model_.closure({picked(step.pick)}, true);
    pool_.apply(pool_.plan({.remove = in_pool(gone)}));
    model_.remove(gone);
  }
  // A block takes it with all that it needs; what spends it stays.
  void confirm(const Step& step) {
    const auto gone = model_.closure({picked(step.pick)}, false);
    std::vector<Entry> block;
    for (const Txid& txid : gone) block.push_back(model_.entries.at(txid));
    pool_.apply(pool_.plan({.remove = in_pool(gone)}));
    model_.remove(gone);
    for (Entry& entry : block) entry.cluster = nullptr;
    blocks_.push_back(std::move(block));
  }
  // The last block is taken back, and each of its transactions comes in again, below what spends it, if it still can.
  void come_back() {
    if (blocks_.empty()) return;
    std::vector<Entry> block = std::move(blocks_.back());
    blocks_.pop_back();
    // Nobody before what it spends.
    std::sort(block.begin(), block.end(), [](const Entry& a, const Entry& b) {
      const auto first_spent = [](const Entry& entry) {
        return load_le<std::uint64_t>((*entry.tx->prevouts().begin()).txid.bytes.data());
      };
      return first_spent(a) < first_spent(b);
    });
    for (const Entry& entry : block) {
      const auto prevouts = entry.tx->prevouts();
      const bool is_taken = std::any_of(prevouts.begin(), prevouts.end(),
                                        [&](const OutPoint& prevout) { return model_.spender_of(prevout) != nullptr; });
      if (is_taken || model_.entries.contains(entry.txid())) continue;
      Model after = model_;
      after.entries.emplace(entry.txid(), entry);
      change(std::move(after), {.add = {entry}});
    }
  }

  Pool pool_{{.count = kClusterMax, .weight = kWeightMax}};
  Model model_;
  std::vector<std::vector<Entry>> blocks_;
  std::uint64_t made_ = 0;
};

void Both::check() const {
  pool_.check();
  // Sums and memory, as if everything were put into a pool alone.
  std::int64_t size = 0;
  std::int64_t fee = 0;
  std::size_t memory = 0;
  for (const auto& [txid, entry] : model_.entries) {
    const Entry* here = pool_.find(txid);
    RC_ASSERT(here != nullptr);
    RC_ASSERT(here->modified_fee == entry.modified_fee);
    size += entry.size;
    fee += entry.fee.sats;
    Pool alone;
    alone.apply(alone.plan({.add = {entry}}));
    memory += alone.memory_bytes();
  }
  RC_ASSERT(pool_.count() == model_.entries.size());
  RC_ASSERT(pool_.total_size() == size);
  RC_ASSERT(pool_.total_fee().sats == fee);
  RC_ASSERT(pool_.memory_bytes() == memory);
  // Clusters, and how everything pays.
  const auto clusters = model_.clusters();
  RC_ASSERT(pool_.cluster_count() == clusters.size());
  std::vector<FeeSize> chunks;
  for (const auto& members : clusters) {
    RC_ASSERT(pool_.cluster_of(*pool_.find(members.front()->txid())).order.size() == members.size());
    const auto some = chunks_of(members);
    chunks.insert(chunks.end(), some.begin(), some.end());
  }
  std::vector<FeeSize> seen;
  pool_.visit_chunks([&](const ChunkView& chunk) {
    seen.push_back(chunk.worth);
    return true;
  });
  RC_ASSERT(std::is_eq(cluster::compare_diagrams(diagram_of(seen), diagram_of(chunks))));
}

RC_GTEST_PROP(PoolProperties, T31_EqualsANaiveModelAfterAnySteps, ()) {
  const auto steps = *rc::gen::resize(60, rc::gen::container<std::vector<Step>>(any_step()));
  Both both;
  for (const Step& step : steps) {
    both.take(step);
    both.check();
  }
  RC_CLASSIFY(steps.size() > 30, "long");
}

}  // namespace
}  // namespace kepeng::mempool
