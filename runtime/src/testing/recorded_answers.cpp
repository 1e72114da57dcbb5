#include "recorded_answers.hpp"

#include "../error_words.hpp"

namespace calluna::runtime::testing {
namespace {

using nlohmann::json;

std::string asked_in(json const& line) {
  if (line.contains("action")) return line["action"].get<std::string>();
  auto text = line["request"].get<std::string>();
  if (line.contains("body")) text += ' ' + line["body"].dump();
  return text;
}

/// What is asked for, without how: method and path, or the action.
std::string_view thing(std::string_view asked) {
  auto what = asked.substr(0, asked.find_first_of("?\r{"));
  while (what.ends_with(' ')) what.remove_suffix(1);
  return what;
}

result<json const*> answer_in(json const& line) {
  if (line.contains("answer")) return &line["answer"];
  auto const& e = line["error"];
  return fail(kind_named(e.value("kind", "")), e.value("message", ""), e.value("retryable", false));
}

}  // namespace

recorded_answers::recorded_answers(recording::recording const& of, std::string_view pbx) : of_(of) {
  for (std::size_t i = 0; i < of.lines.size(); ++i) {
    auto const& line = of.lines[i];
    if (line.value("pbx", "") == pbx && line.contains("asked"))
      entries_.push_back({i, asked_in(line)});
  }
}

template <class Alike>
recorded_answers::entry* recorded_answers::first(Alike alike) {
  for (auto& e : entries_)
    if (!e.used && alike(e.asked)) return &e;
  return nullptr;
}

std::optional<std::size_t> recorded_answers::find(std::string const& asked) {
  auto* found = first([&](std::string const& other) { return ids_.alike(other, asked); });
  if (found == nullptr)
    found = first([&](std::string const& other) { return ids_.alike(thing(other), thing(asked)); });
  if (found == nullptr) return {};
  found->used = true;
  ids_.learn(found->asked, asked);
  return found->line;
}

result<ami::response> recorded_answers::ami(std::size_t line) const {
  auto const answer = answer_in(of_.lines[line]);
  if (!answer) return fail(answer.error());
  ami::response r;
  r.head = ami::message::copy_of(ids_.translate((*answer)->value("head", "")));
  for (auto const& item : (*answer)->value("items", json::array()))
    r.items.push_back(ami::message::copy_of(ids_.translate(item.get<std::string>())));
  return r;
}

result<ari::response> recorded_answers::ari(std::size_t line) const {
  auto const answer = answer_in(of_.lines[line]);
  if (!answer) return fail(answer.error());
  auto const body = (*answer)->value("body", json());
  ari::response r;
  r.status = (*answer)->value("status", 0);
  if (body.is_string())
    r.body = ids_.translate(body.get<std::string>());
  else if (!body.is_null())
    r.body = ids_.translate(body.dump());
  return r;
}

}  // namespace calluna::runtime::testing
