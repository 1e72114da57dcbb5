#include "read_back.hpp"

#include <calluna/ari/operation.hpp>
#include <calluna/ari/request.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>
#include <chrono>
#include <optional>

namespace calluna::runtime {
namespace {

constexpr std::chrono::seconds list_timeout{10};

constexpr std::array<char const*, 4> lists{"CoreShowChannels", "BridgeList", "QueueStatus",
                                           "ParkedCalls"};
constexpr std::size_t channels_list = 0, queues_list = 2, parked_list = 3;

struct reading {
  calls::snapshot seen;
  std::size_t missing = lists.size();
  std::optional<error> failure;
  read_back_done done;
};

void take_list(reading& r, std::size_t list, result<ami::response> const& answer, calls::moment now,
               logger const& log) {
  if (answer) {
    for (auto const& item : answer->items) calls::add_from_ami(r.seen, *item, now);
    if (list == queues_list) r.seen.has_queues = true;
    if (list == parked_list) r.seen.has_parked = true;
  } else if (list == channels_list || (answer.error().kind != error_kind::refused &&
                                       answer.error().kind != error_kind::rejected)) {
    r.failure = answer.error();
  } else if (answer.error().kind == error_kind::refused) {
    log.warning(fmt::format("{} is not allowed ({}): calls are read back without it", lists[list],
                            answer.error().message));
  }
}

std::string body_of(result<ari::response> const& answer) {
  return answer ? answer->body : std::string();
}

}  // namespace

calls::moment moment_now() {
  return std::chrono::time_point_cast<calls::span_of_time>(std::chrono::system_clock::now());
}

ask_ami asking(std::shared_ptr<ami::client> const& client) {
  return [weak = std::weak_ptr(client)](ami::action const& what, std::chrono::milliseconds timeout,
                                        unique_function<void(result<ami::response>)> done) {
    if (auto const c = weak.lock())
      c->submit(*ami::encode(what, c->next_id(), c->id_prefix()), timeout, std::move(done));
  };
}

void read_back(ask_ami const& ask, unsigned pbx, std::shared_ptr<clock const> time, logger log,
               read_back_done done) {
  auto r = std::make_shared<reading>();
  r->seen.pbx = pbx;
  r->seen.asked_at = time->wall();
  r->done = std::move(done);
  for (std::size_t i = 0; i < lists.size(); ++i) {
    ask(ami::action(lists[i]).list(), list_timeout,
        [r, i, time, log](result<ami::response> const& answer) {
          take_list(*r, i, answer, time->wall(), log);
          if (--r->missing != 0) return;
          if (r->failure)
            r->done(fail(*r->failure));
          else
            r->done(std::move(r->seen));
        });
  }
}

void read_back(std::shared_ptr<ari::client> const& from, unsigned pbx, read_back_done done) {
  calls::snapshot seen;
  seen.pbx = pbx;
  seen.asked_at = moment_now();
  auto const request = [](char const* operation) {
    return std::move(*ari::make_request(*ari::find_operation(operation), nlohmann::json::object()));
  };
  auto bridges = request("bridges.list");
  from->submit(request("channels.list"), list_timeout,
               [weak = std::weak_ptr(from), seen = std::move(seen), bridges = std::move(bridges),
                done = std::move(done)](result<ari::response> channels) mutable {
                 auto const client = weak.lock();
                 if (!channels) return done(fail(std::move(channels).error()));
                 if (!client) return done(fail(error_kind::cancelled, "the runtime is stopping"));
                 client->submit(
                     std::move(bridges), list_timeout,
                     [seen = std::move(seen), list = std::move(channels->body),
                      done = std::move(done)](result<ari::response> const& answer) mutable {
                       if (!answer) return done(fail(answer.error()));
                       if (!calls::add_from_ari(seen, list, body_of(answer)))
                         return done(fail(error_kind::protocol,
                                          "ARI's lists of channels and bridges are "
                                          "not what they should be"));
                       done(std::move(seen));
                     });
               });
}

}  // namespace calluna::runtime
