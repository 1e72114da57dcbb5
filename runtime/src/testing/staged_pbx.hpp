#pragma once
#include "timeline.hpp"

#include <calluna/agi/connection.hpp>
#include <calluna/bindings/pbx_link.hpp>
#include <calluna/clock.hpp>
#include <calluna/io/executor.hpp>
#include <calluna/runtime/router.hpp>
#include <calluna/runtime/switchboard.hpp>

#include <nlohmann/json.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace calluna::runtime::testing {

/// What a PBX of a stage works with; all of it outlives the PBX.
struct stage_parts {
  io::executor loop;
  std::shared_ptr<manual_clock> time;
  router& to;
  switchboard& calls;
  std::shared_ptr<timeline> story;
  std::uint64_t seed = 1;
  /// Lets at most so much time pass, until something has happened; false: nothing has. For a PBX
  /// with `own_time`, outside of the loop.
  std::function<bool(std::chrono::nanoseconds)> pass;
};

/// The PBX of a stage, as the runtime has its PBXs: what it says goes to router and switchboard,
/// what becomes of its channels into the story, what apps ask goes to it. On the stage's loop.
class staged_pbx {
 public:
  static constexpr std::uint32_t number = 0;
  virtual ~staged_pbx() = default;

  /// As the app reaches it.
  virtual std::shared_ptr<bindings::pbx_link> link() = 0;
  /// Logs in, and serves applications that were subscribed to.
  virtual void connect() = 0;
  /// The connections break; what is asked for from then on fails. The PBX itself goes on.
  virtual void drop(std::string const& why) = 0;
  virtual void subscribe(std::string const& application) = 0;
  virtual void submit(ari::request const& r, std::chrono::milliseconds timeout,
                      unique_function<void(result<ari::response>)> done) = 0;
  /// Ends the bridges of a generation that is gone, whose ids begin so.
  virtual void destroy_bridges(std::string const& prefix) = 0;

  /// Its time is the world's: it passes by itself, and the stage's clock follows.
  virtual bool own_time() const { return false; }
  /// It takes calls and actions as the app knows it and as office() was told; until then time has
  /// to pass. Errors: what keeps it from ever being so.
  virtual result<bool> ready() { return true; }

  /// What is due at it by now happens, and what it has said is heard.
  virtual void settle() = 0;
  /// The app is there, its handlers hear what is said from now on.
  virtual void app_has_begun() {}
  /// When something happens at it by itself, as far as it knows.
  virtual std::optional<clock::time_point> next_due() = 0;

  /// A verb of office_verbs(): about phones, callers, the dialplan.
  virtual result<nlohmann::json> office(std::string_view verb, nlohmann::json const& argument) = 0;
  /// Brings up to date what no event tells.
  virtual void refresh(channel_record& r) = 0;
  /// How long it goes on by itself: until a recording ends. Zero: it has no end of its own.
  virtual std::chrono::nanoseconds remaining() const { return {}; }

  /// Answers come so much later.
  std::chrono::milliseconds slowness{0};
  /// Told of each request of an app, for the record: "POST channels/1.2/answer", "Hangup".
  std::function<void(std::string const& what)> on_request;
  /// Told of each call that a dialplan hands to a FastAGI server.
  std::function<void(std::shared_ptr<agi::connection>)> on_agi_call;
};

}  // namespace calluna::runtime::testing
