#include "call_words.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>

namespace calluna::runtime {
namespace {

using calls::call;
using calls::leg;
using kind = calls::call_event_kind;

std::string from(call const& c) {
  auto const number = c.caller.empty() ? std::string("nobody known") : c.caller;
  return c.caller_name.empty() ? number : fmt::format("{} ({})", number, c.caller_name);
}

std::string beginning(call const& c) {
  return fmt::format("started: {}, from {}{}", to_string(c.direction), from(c),
                     c.dialed.empty() ? "" : " to " + c.dialed);
}

double seconds(calls::span_of_time span) {
  return std::chrono::duration<double>(span).count();
}

std::string transfer_words(calls::transfer const& t) {
  return fmt::format("transferred, {}, by {} to {}", t.attended ? "attended" : "blind", t.by,
                     t.reached.empty() ? t.to : t.reached);
}

std::string parking_words(calls::parking const& p) {
  return fmt::format("parked by {} in {} of {}", p.by, p.space, p.lot);
}

std::string recording_words(calls::recording const& r) {
  return fmt::format("recording {} {}", r.name, calls::told(r.stopped_at) ? "stopped" : "began");
}

std::string end_words(call const& c) {
  auto const t = c.times(c.ended_at);
  return fmt::format("ended: {}, rang {:.1f} s, waited {:.1f} s, talked {:.1f} s{}{}{}",
                     to_string(c.status), seconds(t.ring), seconds(t.wait), seconds(t.talk),
                     c.hung_up_by.empty() ? "" : ", hung up by " + c.hung_up_by,
                     c.cause_text.empty() ? "" : ", " + c.cause_text,
                     c.uncertain ? ", part of it unseen" : "");
}

std::string own_words(calls::call_news const& news) {
  auto const& c = *news.call;
  auto const who =
      news.leg < 0 ? std::string("somebody") : c.legs[static_cast<std::size_t>(news.leg)].endpoint;
  switch (*news.kind) {
    case kind::started:
      return beginning(c);
    case kind::ringing:
      return who + " rings";
    case kind::answered:
      return "answered by " + who;
    case kind::held:
      return "held by " + who;
    case kind::resumed:
      return "taken from hold by " + who;
    case kind::left:
      return fmt::format("{} left: {}", who,
                         news.leg < 0 ? std::string_view()
                                      : to_string(c.legs[static_cast<std::size_t>(news.leg)].end));
    case kind::transferred:
      return transfer_words(c.transfers.back());
    case kind::queued:
      return fmt::format("waits in queue {} at place {}", c.queues.back().queue,
                         c.queues.back().position);
    case kind::dequeued:
      return fmt::format("left queue {}: {}", c.queues.back().queue,
                         to_string(c.queues.back().outcome));
    case kind::parked:
      return parking_words(c.parkings.back());
    case kind::unparked:
      return fmt::format("not parked any more: {}", to_string(c.parkings.back().outcome));
    case kind::recording:
      return recording_words(c.recordings.back());
    case kind::merged:
      return "became one with " + news.other;
    case kind::ended:
      return end_words(c);
    case kind::gap:
      break;
  }
  return {};
}

}  // namespace

std::string words_for(calls::call_news const& news) {
  return own_words(news) + (news.synthetic ? "  (found by reading back)" : "");
}

std::vector<std::pair<calls::moment, std::string>> history_of(call const& c) {
  std::vector<std::pair<calls::moment, std::string>> all{{c.started_at, beginning(c)}};
  auto const add = [&](calls::moment at, std::string text) {
    if (calls::told(at)) all.emplace_back(at, std::move(text));
  };
  for (auto const& l : c.legs) {
    if (l.role == calls::leg_role::callee) add(l.rang_at, l.endpoint + " rings");
    add(l.answered_at, l.endpoint + " is up");
    if (l.ended()) add(l.ended_at, fmt::format("{} left: {}", l.endpoint, to_string(l.end)));
  }
  for (auto const& q : c.queues) add(q.entered_at, "waits in queue " + q.queue);
  for (auto const& t : c.transfers) add(t.at, transfer_words(t));
  for (auto const& p : c.parkings) add(p.at, parking_words(p));
  std::stable_sort(all.begin(), all.end(),
                   [](auto const& a, auto const& b) { return a.first < b.first; });
  return all;
}

nlohmann::json table_row(call const& c, std::string const& pbx, calls::moment now) {
  nlohmann::json parties = nlohmann::json::array(), channels = nlohmann::json::array();
  for (auto const& l : c.legs) {
    if (l.ended()) continue;
    parties.push_back(l.endpoint);
    channels.push_back(l.channel);
  }
  for (auto const& o : c.others)
    if (!o.ended) channels.push_back(o.channel);
  nlohmann::json row{{"id", c.id},
                     {"pbx", pbx},
                     {"direction", to_string(c.direction)},
                     {"status", to_string(c.status)},
                     {"seconds", seconds(c.times(now).total)},
                     {"from", c.caller},
                     {"to", c.dialed},
                     {"parties", parties},
                     {"channels", channels}};
  if (!c.queues.empty() && c.status == calls::call_status::queued)
    row["queue"] = c.queues.back().queue;
  return row;
}

}  // namespace calluna::runtime
