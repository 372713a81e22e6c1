//! A watch as `JUnit` XML, for continuous integration: one case.

use super::statement::statement;
use heapwatch::Verdict;
use heapwatch::process::Watched;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use std::time::Duration;

/// The XML text: a leak is a failure; what is not told is an error, so that it is not taken for a pass.
pub(super) fn junit(name: &str, watched: &Watched) -> std::io::Result<String> {
    let verdict = &watched.judgement.verdict;
    let mut status = match verdict {
        Verdict::Leak { .. } => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Verdict::Inconclusive { .. } => TestCaseStatus::non_success(NonSuccessKind::Error),
        _ => TestCaseStatus::success(),
    };
    if !verdict.is_innocent() {
        status.set_message(statement(watched)).set_type(verdict.name());
    }
    let time = Duration::try_from_secs_f64(watched.written.span()).unwrap_or_default();
    let mut case = TestCase::new("memory", status);
    case.set_classname(format!("memory.{name}")).set_time(time);
    case.set_system_out(statement(watched));
    let mut suite = TestSuite::new(name);
    suite.add_test_case(case);
    let mut report = Report::new("heapwatch");
    report.add_test_suite(suite);
    report.to_string().map_err(std::io::Error::other)
}
