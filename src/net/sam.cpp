// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/net/sam.h>

#include <algorithm>

#include <kepeng/net/i2p_destination.h>

namespace kepeng::net {
namespace {

constexpr std::size_t kFieldsMax = 32;

std::string_view take_word(std::string_view& from) {
  const std::size_t end = std::min(from.find(' '), from.size());
  const std::string_view word = from.substr(0, end);
  from.remove_prefix(std::min(end + 1, from.size()));
  return word;
}

// From behind the '=' on: to the next space, or to the closing quote. A backslash makes the next character plain.
std::optional<std::string> take_value(std::string_view& from) {
  if (!from.starts_with('"')) return std::string{take_word(from)};
  std::string value;
  for (std::size_t at = 1; at < from.size(); ++at) {
    if (from[at] == '"') {
      from.remove_prefix(at + 1);
      if (from.starts_with(' ')) from.remove_prefix(1);
      return value;
    }
    if (from[at] == '\\' && at + 1 < from.size()) ++at;
    value += from[at];
  }
  return std::nullopt;
}

Bytes to_bytes(std::string_view text) {
  return {text.begin(), text.end()};
}

}  // namespace

std::optional<SamReply> SamReply::parse(std::string_view line) {
  SamReply reply;
  const std::string_view first = take_word(line);
  const std::string_view second = take_word(line);
  if (first.empty() || second.empty()) return std::nullopt;
  reply.topic = std::string{first} + ' ' + std::string{second};
  while (!line.empty()) {
    if (line.front() == ' ') {
      line.remove_prefix(1);
      continue;
    }
    const std::size_t end = std::min(line.find_first_of(" ="), line.size());
    std::string name{line.substr(0, end)};
    const bool has_value = end < line.size() && line[end] == '=';
    line.remove_prefix(std::min(end + 1, line.size()));
    auto value = has_value ? take_value(line) : std::optional{std::string{}};
    if (!value || reply.fields.size() == kFieldsMax) return std::nullopt;
    reply.fields.emplace_back(std::move(name), std::move(*value));
  }
  return reply;
}

std::string_view SamReply::find(std::string_view name) const {
  const auto found = std::find_if(fields.begin(), fields.end(), [&](const auto& field) { return field.first == name; });
  return found == fields.end() ? std::string_view{} : found->second;
}

std::optional<std::string> SamReply::problem(std::string_view topic_wanted) const {
  if (topic != topic_wanted)
    return "The I2P router answers " + topic + " where " + std::string{topic_wanted} + " must come.";
  const std::string_view result = find("RESULT");
  if (result == "OK") return std::nullopt;
  std::string why = "The I2P router refuses: " + std::string{result.empty() ? "no result" : result};
  if (const auto message = find("MESSAGE"); !message.empty()) why.append(", ").append(message);
  return why + '.';
}

Bytes SamStream::greeting() const {
  return to_bytes(kSamHello);
}

Passage::Step SamStream::take(ByteView bytes) {
  Step whole;
  for (;;) {
    if (awaits_ == Awaits::Nothing) return fail("The I2P router was asked for more after the end.");
    auto line = lines_.take(bytes);
    if (!line) return fail("The I2P router sends a line without an end.");
    if (!*line) return whole;
    Step step = on_line(**line);
    append(whole.send, step.send);
    whole.kind = step.kind;
    whole.remote = std::move(step.remote);
    whole.problem = std::move(step.problem);
    if (step.kind == Step::Kind::Connected) whole.rest.assign(bytes.begin(), bytes.end());
    if (step.kind == Step::Kind::Connected || step.kind == Step::Kind::Failed) return whole;
  }
}

Passage::Step SamStream::on_line(const std::string& line) {
  if (awaits_ == Awaits::Peer) return on_peer(line);
  const auto reply = SamReply::parse(line);
  if (!reply) return fail("The I2P router does not speak SAM.");
  constexpr std::string_view kTopics[] = {"HELLO REPLY", "NAMING REPLY", "STREAM STATUS"};
  if (auto problem = reply->problem(kTopics[static_cast<std::size_t>(awaits_)])) return fail(std::move(*problem));
  if (awaits_ == Awaits::Hello) return on_hello(*reply);
  return awaits_ == Awaits::Name ? on_name(*reply) : on_status();
}

Passage::Step SamStream::on_hello(const SamReply&) {
  Step step;
  if (name_.empty()) {
    awaits_ = Awaits::Status;
    step.send = to_bytes("STREAM ACCEPT ID=" + session_.id + " SILENT=false\n");
  } else {
    awaits_ = Awaits::Name;
    step.send = to_bytes("NAMING LOOKUP NAME=" + name_ + "\n");
  }
  return step;
}

// A destination that does not belong to the name would be another node than the one that was meant.
Passage::Step SamStream::on_name(const SamReply& reply) {
  const auto key = from_i2p_base64(reply.find("VALUE"));
  const auto destination = key ? i2p_destination_in(*key) : std::nullopt;
  if (!destination || i2p_name_of(*destination) != name_)
    return fail("The I2P router gives no destination of that name.");
  awaits_ = Awaits::Status;
  Step step;
  step.send =
      to_bytes("STREAM CONNECT ID=" + session_.id + " DESTINATION=" + to_i2p_base64(*destination) + " SILENT=false\n");
  return step;
}

Passage::Step SamStream::on_status() {
  Step step;
  awaits_ = name_.empty() ? Awaits::Peer : Awaits::Nothing;
  step.kind = name_.empty() ? Step::Kind::Waits : Step::Kind::Connected;
  return step;
}

// The destination of who has come; what follows it on the line (ports) is of no use to us.
Passage::Step SamStream::on_peer(const std::string& line) {
  const auto key = from_i2p_base64(std::string_view{line}.substr(0, line.find(' ')));
  const auto destination = key ? i2p_destination_in(*key) : std::nullopt;
  if (!destination) return fail("The I2P router does not say who is calling.");
  awaits_ = Awaits::Nothing;
  Step step;
  step.kind = Step::Kind::Connected;
  step.remote = Endpoint{i2p_name_of(*destination), 0};
  return step;
}

Passage::Step SamStream::fail(std::string why) {
  awaits_ = Awaits::Nothing;
  Step step;
  step.kind = Step::Kind::Failed;
  step.problem = std::move(why);
  return step;
}

}  // namespace kepeng::net
