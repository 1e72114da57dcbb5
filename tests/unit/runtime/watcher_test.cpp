#include "temporary_folder.hpp"

#include <calluna/runtime/watcher.hpp>

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <vector>

namespace calluna::runtime {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;

class watcher_of_files : public testing::Test {
 protected:
  watcher_of_files() { folder.write("sentinel", ""); }

  void begin(std::vector<fs::path> const& roots, std::chrono::milliseconds debounce = 1ms) {
    auto made =
        watcher::create(loop.get_executor(), debounce, {},
                        [this](std::set<fs::path> const& changed) { reports.push_back(changed); });
    ASSERT_TRUE(made) << made.error().message;
    watched = std::move(*made);
    for (auto const& root : roots) watched->watch(root);
    watched->watch(sentinel());
  }
  fs::path sentinel() const { return folder / "sentinel"; }

  bool reported(fs::path const& root) const {
    for (auto const& report : reports)
      if (report.contains(root)) return true;
    return false;
  }
  /// Runs until `root` was reported.
  testing::AssertionResult sees(fs::path const& root) {
    auto const deadline = std::chrono::steady_clock::now() + 10s;
    while (!reported(root) && loop.run_one_until(deadline) > 0) continue;
    auto const seen = reported(root);
    reports.clear();
    return seen ? testing::AssertionSuccess() : testing::AssertionFailure() << "not seen: " << root;
  }
  /// Changes the sentinel after all that came before; true if only the sentinel was reported.
  testing::AssertionResult sees_nothing(fs::path const& root) {
    reports.clear();
    std::ofstream{sentinel()} << "x";
    auto const deadline = std::chrono::steady_clock::now() + 10s;
    while (!reported(sentinel()) && loop.run_one_until(deadline) > 0) continue;
    if (!reported(sentinel())) return testing::AssertionFailure() << "the sentinel was not seen";
    return !reported(root) ? testing::AssertionSuccess()
                           : testing::AssertionFailure() << "seen: " << root;
  }

  test::temporary_folder folder;
  boost::asio::io_context loop;
  std::vector<std::set<fs::path>> reports;
  std::unique_ptr<watcher> watched;
};

TEST_F(watcher_of_files, sees_a_file_of_an_app_written) {
  folder.write("app/init.lua", "1");
  begin({folder / "app"});
  folder.write("app/init.lua", "2");
  EXPECT_TRUE(sees(folder / "app"));
}

TEST_F(watcher_of_files, sees_a_single_file_written) {
  auto const file = folder.write("app.lua", "1");
  begin({file});
  folder.write("app.lua", "2");
  EXPECT_TRUE(sees(file));
}

TEST_F(watcher_of_files, sees_a_save_by_rename) {
  auto const file = folder.write("app.lua", "1");
  folder.write("app/init.lua", "1");
  begin({file, folder / "app"});
  for (int round = 0; round < 3; ++round) {
    fs::rename(folder.write("app.lua.tmp", "2"), file);
    EXPECT_TRUE(sees(file));
    fs::rename(folder.write("app/.init.lua.swp", "2"), folder / "app/init.lua");
    EXPECT_TRUE(sees(folder / "app"));
  }
}

TEST_F(watcher_of_files, sees_only_the_app_that_changed) {
  folder.write("a/init.lua", "1");
  folder.write("b/init.lua", "1");
  begin({folder / "a", folder / "b"});
  folder.write("b/init.lua", "2");
  EXPECT_TRUE(sees(folder / "b"));
  EXPECT_TRUE(sees_nothing(folder / "a"));
}

TEST_F(watcher_of_files, sees_what_appears_in_new_folders) {
  folder.write("app/init.lua", "1");
  begin({folder / "app"});
  folder.write("app/lib/deep/util.lua", "1");
  EXPECT_TRUE(sees(folder / "app"));
  folder.write("app/lib/deep/util.lua", "2");
  EXPECT_TRUE(sees(folder / "app"));
  fs::remove_all(folder / "app/lib");
  EXPECT_TRUE(sees(folder / "app"));
}

TEST_F(watcher_of_files, sees_a_delete_and_a_later_return) {
  auto const file = folder.write("app.lua", "1");
  folder.write("app/init.lua", "1");
  begin({file, folder / "app"});
  fs::remove(file);
  EXPECT_TRUE(sees(file));
  folder.write("app.lua", "2");
  EXPECT_TRUE(sees(file));
  fs::remove_all(folder / "app");
  EXPECT_TRUE(sees(folder / "app"));
  folder.write("app/init.lua", "2");
  EXPECT_TRUE(sees(folder / "app"));
  folder.write("app/init.lua", "3");
  EXPECT_TRUE(sees(folder / "app"));
}

TEST_F(watcher_of_files, sees_a_folder_moved_away_and_another_in_its_place) {
  folder.write("app/init.lua", "1");
  folder.write("next/init.lua", "2");
  begin({folder / "app"});
  fs::rename(folder / "app", folder / "old");
  fs::rename(folder / "next", folder / "app");
  EXPECT_TRUE(sees(folder / "app"));
  folder.write("old/init.lua", "3");
  EXPECT_TRUE(sees_nothing(folder / "app"));
  folder.write("app/init.lua", "3");
  EXPECT_TRUE(sees(folder / "app"));
}

TEST_F(watcher_of_files, sees_a_link_on_the_way_switched) {
  folder.write("releases/1/app/init.lua", "1");
  folder.write("releases/2/app/init.lua", "2");
  fs::create_directory_symlink("releases/1", folder / "current");
  auto const app = folder / "current/app";
  begin({app});
  // As `ln -sfn` does it: a new link, renamed over the old one.
  fs::create_directory_symlink("releases/2", folder / "current.new");
  fs::rename(folder / "current.new", folder / "current");
  EXPECT_TRUE(sees(app));
  folder.write("releases/2/app/init.lua", "3");
  EXPECT_TRUE(sees(app));
  folder.write("releases/1/app/init.lua", "3");
  EXPECT_TRUE(sees_nothing(app)) << "the release that was left";
}

TEST_F(watcher_of_files, sees_a_mounted_config_map_change) {
  folder.write("map/..2026_01/init.lua", "1");
  fs::create_directory_symlink("..2026_01", folder / "map/..data");
  fs::create_symlink("..data/init.lua", folder / "map/init.lua");
  begin({folder / "map", folder / "map/init.lua"});
  folder.write("map/..2026_02/init.lua", "2");
  fs::create_directory_symlink("..2026_02", folder / "map/..data_tmp");
  fs::rename(folder / "map/..data_tmp", folder / "map/..data");
  fs::remove_all(folder / "map/..2026_01");
  auto const deadline = std::chrono::steady_clock::now() + 10s;
  while (!(reported(folder / "map") && reported(folder / "map/init.lua")) &&
         loop.run_one_until(deadline) > 0)
    continue;
  EXPECT_TRUE(reported(folder / "map"));
  EXPECT_TRUE(reported(folder / "map/init.lua"));
}

TEST_F(watcher_of_files, sees_the_target_of_a_linked_file_change) {
  folder.write("shared/util.lua", "1");
  folder.write("app/init.lua", "1");
  fs::create_symlink("../shared/util.lua", folder / "app/util.lua");
  begin({folder / "app"});
  folder.write("shared/util.lua", "2");
  EXPECT_TRUE(sees(folder / "app"));
  folder.write("shared/other.lua", "2");
  EXPECT_TRUE(sees_nothing(folder / "app"));
}

TEST_F(watcher_of_files, ends_its_walk_at_links_that_go_in_circles) {
  folder.write("app/init.lua", "1");
  fs::create_directory_symlink("..", folder / "app/up");
  fs::create_symlink("loop", folder / "app/loop");
  begin({folder / "app"});
  folder.write("app/init.lua", "2");
  EXPECT_TRUE(sees(folder / "app"));
}

TEST_F(watcher_of_files, waits_for_a_path_that_does_not_exist_yet) {
  begin({folder / "later/app"});
  folder.write("later/app/init.lua", "1");
  EXPECT_TRUE(sees(folder / "later/app"));
  folder.write("later/app/init.lua", "2");
  EXPECT_TRUE(sees(folder / "later/app"));
}

TEST_F(watcher_of_files, does_not_mind_what_editors_leave_behind) {
  folder.write("app/init.lua", "1");
  fs::create_directory(folder / "app/.git");
  begin({folder / "app"});
  for (auto const* name : {".init.lua.swp", "init.lua~", "4913", "#init.lua#", ".git/index"})
    folder.write(std::string{"app/"} + name, "x");
  fs::create_symlink("ann@host.1234", folder / "app/.#init.lua");
  EXPECT_TRUE(sees_nothing(folder / "app"));
}

TEST_F(watcher_of_files, waits_until_a_new_file_is_complete) {
  folder.write("app/init.lua", "1");
  begin({folder / "app"});
  std::ofstream open{folder / "app/new.lua"};
  open << "half" << std::flush;
  EXPECT_TRUE(sees_nothing(folder / "app"));
  open.close();
  EXPECT_TRUE(sees(folder / "app"));
}

TEST_F(watcher_of_files, sees_a_hard_link_made) {
  auto const other = folder.write("other.lua", "1");
  folder.write("app/init.lua", "1");
  begin({folder / "app"});
  fs::create_hard_link(other, folder / "app/linked.lua");
  EXPECT_TRUE(sees(folder / "app"));
}

TEST_F(watcher_of_files, tells_many_changes_of_an_app_once) {
  folder.write("app/init.lua", "1");
  begin({folder / "app"}, 20ms);
  for (int i = 0; i < 100; ++i) folder.write("app/f" + std::to_string(i % 7) + ".lua", "2");
  std::ofstream{sentinel()} << "x";
  auto const deadline = std::chrono::steady_clock::now() + 10s;
  while (reports.empty() && loop.run_one_until(deadline) > 0) continue;
  EXPECT_THAT(reports, ElementsAre(std::set{folder / "app", sentinel()}));
  EXPECT_TRUE(sees_nothing(folder / "app"));
}

TEST_F(watcher_of_files, takes_everything_for_changed_when_the_systems_queue_overflows) {
  folder.write("a/init.lua", "1");
  folder.write("b/init.lua", "1");
  begin({folder / "a", folder / "b"});
  int bound = 0;
  std::ifstream{"/proc/sys/fs/inotify/max_queued_events"} >> bound;
  ASSERT_GT(bound, 0);
  auto const x = folder.write("b/x", ""), y = folder / "b/y";
  for (int i = 0; i <= bound / 4 + 1; ++i) {  // two events a rename
    fs::rename(x, y);
    fs::rename(y, x);
  }
  EXPECT_TRUE(sees(folder / "a"));
  folder.write("a/init.lua", "2");
  EXPECT_TRUE(sees(folder / "a"));
}

TEST_F(watcher_of_files, says_nothing_of_a_path_it_was_told_to_forget) {
  folder.write("app/init.lua", "1");
  begin({folder / "app"});
  watched->forget(folder / "app");
  folder.write("app/init.lua", "2");
  EXPECT_TRUE(sees_nothing(folder / "app"));
}

TEST_F(watcher_of_files, may_be_destroyed_by_its_own_report) {
  folder.write("app/init.lua", "1");
  auto made =
      watcher::create(loop.get_executor(), 1ms, {}, [this](std::set<fs::path> const& changed) {
        watched.reset();
        reports.push_back(changed);
      });
  ASSERT_TRUE(made);
  watched = std::move(*made);
  watched->watch(folder / "app");
  folder.write("app/init.lua", "2");
  EXPECT_TRUE(sees(folder / "app"));
}

TEST(editor_droppings, are_told_from_files) {
  for (auto const* name : {".init.lua.swp", ".init.lua.swo", ".swp", "init.lua~", ".#init.lua",
                           "#init.lua#", "4913", ".goutputstream-X1", "init.lua___jb_tmp___"})
    EXPECT_TRUE(is_editor_dropping(name)) << name;
  for (auto const* name : {"init.lua", "..data", "2026", "swp", ".luacheckrc", "a.swp", "#"})
    EXPECT_FALSE(is_editor_dropping(name)) << name;
}

}  // namespace
}  // namespace calluna::runtime
