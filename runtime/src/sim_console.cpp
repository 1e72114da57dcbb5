#include "sim_console.hpp"

#include <fmt/format.h>

namespace calluna::runtime {
namespace {

constexpr char const* help =
    "call FROM TO [NAME]   a phone (101), or a number outside (+49301234), calls an extension\n"
    "answer WHO            WHO, a phone or a number, answers\n"
    "hangup WHO            hangs up\n"
    "press WHO DIGITS      presses keys\n"
    "hold WHO, unhold WHO  holds the other side, and comes back\n"
    "transfer WHO TO       sends the other side to an extension\n"
    "consult WHO TO        holds the other side and calls an extension beside it\n"
    "complete WHO          joins the other sides of its two calls\n"
    "who                   the calls there are\n";

/// The trunk of a scenario unless it has another name for it.
constexpr char const* outside = "PJSIP/trunk";

std::vector<std::string> split(std::string_view line) {
  std::vector<std::string> words;
  std::string word;
  for (char const c : line) {
    if (c != ' ' && c != '\t' && c != '\r') {
      word += c;
      continue;
    }
    if (!word.empty()) words.push_back(std::move(word));
    word.clear();
  }
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

tl::unexpected<error> wrong(std::string text) {
  return fail(error_kind::invalid, std::move(text));
}

}  // namespace

result<std::string> sim_console::obey(std::string_view line) {
  auto const w = split(line);
  if (w.empty()) return std::string{};
  if (w[0] == "help") return std::string(help);
  if (w[0] == "who") return everybody();
  if (w[0] == "call") return call(w);
  if (w[0] == "press") return press(w);
  if (w[0] == "answer") return each_channel_of(w, &sim::machine::device_answers);
  if (w[0] == "hangup") return each_channel_of(w, &sim::machine::device_hangs_up);
  if (w[0] == "hold") return each_channel_of(w, &sim::machine::device_holds);
  if (w[0] == "unhold") return each_channel_of(w, &sim::machine::device_unholds);
  if (w[0] == "transfer" || w[0] == "consult") return send_on(w);
  if (w[0] == "complete") return complete(w);
  return wrong(fmt::format("there is no '{}'; 'help' says what there is", w[0]));
}

result<std::string> sim_console::call(words const& w) {
  if (w.size() < 3) return wrong("call FROM TO [NAME]");
  std::string name;
  for (std::size_t i = 3; i < w.size(); ++i) name += (name.empty() ? "" : " ") + w[i];
  auto endpoint = "PJSIP/" + w[1];
  if (machine_.find_endpoint(endpoint) == nullptr) endpoint = outside;
  if (machine_.find_endpoint(endpoint) == nullptr)
    return wrong(fmt::format("there is no phone {} and no trunk 'PJSIP/trunk'", w[1]));
  if (machine_.arrive({endpoint, {w[1], name}, w[2]}) == nullptr)
    return wrong(fmt::format("{} leads nowhere from {}", w[2], endpoint));
  return std::string{};
}

result<std::string> sim_console::press(words const& w) {
  if (w.size() != 3 || w[2].find_first_not_of("0123456789*#ABCD") != std::string::npos)
    return wrong("press WHO DIGITS");
  auto const all = channels_of(w[1]);
  if (all.empty()) return wrong(fmt::format("{} has no call", w[1]));
  for (auto const serial : all) machine_.device_presses(serial, w[2]);
  return std::string{};
}

result<std::string> sim_console::each_channel_of(words const& w,
                                                 void (sim::machine::*what)(std::uint64_t)) {
  if (w.size() != 2) return wrong(w[0] + " WHO");
  auto const all = channels_of(w[1]);
  if (all.empty()) return wrong(fmt::format("{} has no call", w[1]));
  for (auto const serial : all) (machine_.*what)(serial);
  return std::string{};
}

result<std::string> sim_console::send_on(words const& w) {
  if (w.size() != 3) return wrong(w[0] + " WHO TO");
  auto const all = channels_of(w[1]);
  if (all.empty()) return wrong(fmt::format("{} has no call", w[1]));
  auto const outcome = w[0] == "transfer"
                           ? machine_.device_transfers(all.back(), w[2])
                           : machine_.device_consults(all.back(), w[2]).map([](auto*) {});
  if (!outcome) return fail(outcome.error());
  return std::string{};
}

result<std::string> sim_console::complete(words const& w) {
  if (w.size() != 2) return wrong("complete WHO");
  auto const all = channels_of(w[1]);
  if (all.size() < 2) return wrong(fmt::format("{} has no second call", w[1]));
  auto const outcome = machine_.device_completes(all[all.size() - 2], all.back());
  if (!outcome) return fail(outcome.error());
  return std::string{};
}

std::vector<std::uint64_t> sim_console::channels_of(std::string const& who) const {
  std::vector<std::uint64_t> found;
  for (auto const& [serial, c] : machine_.channels())
    if (c->name == who || c->endpoint == "PJSIP/" + who ||
        (c->endpoint == outside && c->caller.number == who))
      found.push_back(serial);
  return found;
}

std::string sim_console::everybody() const {
  std::string lines;
  for (auto const& [serial, c] : machine_.channels())
    lines += fmt::format(
        "{}  {} {}  {}  {}\n", c->name, c->caller.number, c->caller.name, to_string(c->state),
        c->bridge.empty() ? c->stasis ? "in " + *c->stasis : c->place.app : "talks");
  return lines + fmt::format("{} channels\n", machine_.channels().size());
}

}  // namespace calluna::runtime
