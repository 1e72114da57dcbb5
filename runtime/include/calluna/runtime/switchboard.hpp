#pragma once
#include <calluna/ami/client.hpp>
#include <calluna/ari/event.hpp>
#include <calluna/calls/call_file.hpp>
#include <calluna/calls/call_model.hpp>
#include <calluna/calls/call_news.hpp>
#include <calluna/calls/snapshot.hpp>
#include <calluna/clock.hpp>
#include <calluna/io/alarm.hpp>
#include <calluna/io/executor.hpp>
#include <calluna/log.hpp>
#include <calluna/unique_function.hpp>

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace calluna::runtime {

class call_keeper;

using read_back_done = unique_function<void(result<calls::snapshot>)>;

/// Who hears of calls; on the IO thread.
class call_receiver {
 public:
  virtual ~call_receiver() = default;
  /// True: it falls behind; the source should hold back for a moment.
  virtual bool on_call_news(std::shared_ptr<calls::call_news const> const& news) = 0;
  /// All calls there are, oldest first.
  virtual void on_live_calls(std::vector<std::shared_ptr<calls::call const>> const& all) = 0;
};

/// All calls of all PBXs: makes them out of events, reads the state back when a connection is new,
/// and tells whoever wants to know. Until the first does, it does nothing. On the IO thread.
class switchboard {
 public:
  /// Live calls are kept in `file`, so that a restart goes on with them; empty: they are not.
  switchboard(io::executor io, calls::call_model_options known, std::filesystem::path file,
              logger log, std::shared_ptr<clock const> time = std::make_shared<real_clock>());
  ~switchboard();

  /// A PBX, before anything is heard of it. Without AMI (`by_ami`), ARI is what is listened to:
  /// `watch_all` is called when its events of all channels are wanted.
  struct source {
    std::string name;
    bool by_ami = true;
    /// Asks it for its channels, bridges, queues and parked calls; `done` once, unless it has been
    /// destroyed.
    unique_function<void(read_back_done done)> read_back;
    unique_function<void()> watch_all;
    /// Why some events may not come, for the log; or empty.
    std::string doubt;
  };
  void add(std::uint32_t pbx, source from);

  /// True: somebody falls behind.
  bool hear(std::uint32_t pbx, ami::event_batch const& batch);
  bool hear(std::uint32_t pbx, ari::event_batch const& batch);
  /// The connection that calls are heard by is there; is lost, since when.
  void link_up(std::uint32_t pbx);
  void link_down(std::uint32_t pbx, calls::moment since);
  /// Our own click to call; see calls::click_begun.
  void click(std::uint32_t pbx, std::string const& id, std::string const& to,
             std::vector<std::string> const& channels);

  /// From now on `by` hears of every call. First of all those there are, then `done`: at once, or
  /// when they have been read back.
  void want(call_receiver& by, unique_function<void()> done = {});
  void leave(call_receiver& by);
  bool idle() const noexcept { return !model_; }
  /// What lives is on disk when it returns, and stays there as it is: how it ends, the next run
  /// tells.
  void keep_no_more();
  /// No more is heard; what lives is on disk when it returns.
  void stop();

  /// The live calls, oldest first.
  std::vector<calls::call const*> calls() const;
  std::string const& name_of(std::uint32_t pbx) const { return sources_.at(pbx).from.name; }
  nlohmann::json status() const;

 private:
  struct place {
    source from;
    std::unique_ptr<io::alarm> again;  // when it is read back once more
    bool up = false;
    /// The lists asked for last; answers to older ones come too late.
    std::uint64_t reading = 0;
    bool asked = false;
    bool read_once = false;
    std::optional<calls::moment> lost_at;
  };
  struct wanting {
    call_receiver* by;
    unique_function<void()> done;
  };

  void wake_up();
  void restore(calls::call_file::content kept);
  void read_back(std::uint32_t pbx);
  void was_read(std::uint32_t pbx, std::uint64_t reading, result<calls::snapshot> outcome);
  void read_again(std::uint32_t pbx);
  bool first_reading() const noexcept;
  void give_lists();
  template <class Events>
  bool take_all(std::uint32_t pbx, calls::fact_source told_by, Events const& events);
  void take(std::uint32_t pbx, calls::fact_source told_by, calls::fact_body const& body);
  void tell(calls::call_event const& e);
  void tell_state(std::string const& id);
  void send(std::shared_ptr<calls::call_news const> const& news);

  io::executor io_;
  calls::call_model_options known_;
  logger log_;
  std::shared_ptr<clock const> time_;
  std::map<std::uint32_t, place> sources_;
  std::optional<calls::call_model> model_;
  std::unique_ptr<call_keeper> keeper_;
  bool loading_ = false;  // what an earlier run has left
  std::vector<call_receiver*> receivers_;
  std::vector<wanting> wanting_;
  calls::moment now_;
  bool behind_ = false, stopped_ = false;
  std::vector<std::string> told_;  // ids, in the fact at hand
  std::uint64_t readings_ = 0, other_events_ = 0, news_ = 0;
  std::shared_ptr<int> alive_ = std::make_shared<int>();
};

}  // namespace calluna::runtime
