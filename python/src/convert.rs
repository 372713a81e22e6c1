//! Values of Python as values of Rust, and back.

use numpy::{
    Complex64, IntoPyArray, PyArray1, PyArrayMethods, PyReadonlyArray2, PyUntypedArray,
    PyUntypedArrayMethods,
};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyByteArray, PyBytes, PyDict, PyFloat, PyFrozenSet, PyInt, PyList, PyMapping, PySet,
    PyString, PyTuple,
};
use serde_json::{Map, Number, Value};
use upright_sim::design::Root;

/// Deeper than any scenario; what refers to itself ends here.
const MAX_DEPTH: usize = 32;

/// A tree of dictionaries, sequences, numbers and words as values. A number that is not finite becomes a word, which
/// the scenario's check then refuses with its field; numpy's scalars and arrays are numbers and lists.
pub(crate) fn tree(value: &Bound<'_, PyAny>) -> PyResult<Value> {
    branch(value, "", 0)
}

fn branch(value: &Bound<'_, PyAny>, path: &str, depth: usize) -> PyResult<Value> {
    if depth > MAX_DEPTH {
        let message = format!("{path}: nested more than {MAX_DEPTH} deep");
        return Err(PyValueError::new_err(message));
    }
    if value.is_none() {
        return Ok(Value::Null);
    }
    if let Ok(truth) = value.cast::<PyBool>() {
        return Ok(Value::Bool(truth.is_true()));
    }
    if let Ok(word) = value.cast::<PyString>() {
        return Ok(Value::String(word.to_string()));
    }
    if value.is_instance_of::<PyInt>() {
        let whole = value.extract::<u64>().map(Number::from);
        let whole = whole.or_else(|_| value.extract::<i64>().map(Number::from));
        // Beyond both it is refused by its field.
        return Ok(whole.map_or_else(|_| Value::String(value.to_string()), Value::Number));
    }
    if let Ok(number) = value.cast::<PyFloat>() {
        return Ok(float(number.value()));
    }
    if let Ok(map) = value.cast::<PyMapping>() {
        let mut fields = Map::new();
        for item in map.items()?.iter() {
            let (name, below): (Bound<'_, PyAny>, Bound<'_, PyAny>) = item.extract()?;
            let Ok(name) = name.cast::<PyString>() else {
                let message = format!("{}: a name must be a str", at(path, &name.to_string()));
                return Err(PyTypeError::new_err(message));
            };
            let name = name.to_string();
            let inner = at(path, &name);
            fields.insert(name, branch(&below, &inner, depth + 1)?);
        }
        return Ok(Value::Object(fields));
    }
    if value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>() {
        let mut list = Vec::new();
        for (index, below) in value.try_iter()?.enumerate() {
            list.push(branch(&below?, &at(path, &index.to_string()), depth + 1)?);
        }
        return Ok(Value::Array(list));
    }
    // Numpy's scalars and arrays have `tolist`.
    if let Ok(plain) = value.call_method0("tolist")
        && !plain.is(value)
    {
        return branch(&plain, path, depth + 1);
    }
    let kind = value.get_type().name()?;
    let place = if path.is_empty() { "scenario" } else { path };
    Err(PyTypeError::new_err(format!(
        "{place}: a {kind} is no value of a scenario; allowed are dict, list, str, int, float, bool and None"
    )))
}

fn float(number: f64) -> Value {
    Number::from_f64(number).map_or_else(|| Value::String(number.to_string()), Value::Number)
}

fn at(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// Values as dictionaries, lists, numbers and words.
pub(crate) fn object<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Value::Null => py.None().into_bound(py),
        Value::Bool(truth) => PyBool::new(py, *truth).to_owned().into_any(),
        Value::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
            (Some(whole), ..) => whole.into_pyobject(py)?.into_any(),
            (None, Some(whole), _) => whole.into_pyobject(py)?.into_any(),
            (None, None, number) => PyFloat::new(py, number.unwrap_or(f64::NAN)).into_any(),
        },
        Value::String(word) => PyString::new(py, word).into_any(),
        Value::Array(list) => {
            let list: PyResult<Vec<_>> = list.iter().map(|below| object(py, below)).collect();
            PyList::new(py, list?)?.into_any()
        }
        Value::Object(fields) => {
            let dict = PyDict::new(py);
            for (name, below) in fields {
                dict.set_item(name, object(py, below)?)?;
            }
            dict.into_any()
        }
    })
}

/// Lays a tree over another: maps are merged, everything else replaces.
pub(crate) fn merge(base: &mut Value, over: Value) {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => {
            for (name, value) in over {
                merge(base.entry(name).or_insert(Value::Null), value);
            }
        }
        (base, over) => *base = over,
    }
}

/// Some numbers: of a tuple or a list (the fastest), a numpy array or any other sequence. `what` is what errors call
/// them, `fewer` says how many there may be besides. They are written where they are wanted; returns how many there were.
#[inline]
pub(crate) fn numbers<const N: usize>(
    value: &Bound<'_, PyAny>,
    what: &str,
    fewer: Option<usize>,
    found: &mut [f64; N],
) -> PyResult<usize> {
    let count = if let Ok(tuple) = value.cast::<PyTuple>() {
        let count = tuple.len();
        if count <= N {
            for (index, item) in tuple.iter_borrowed().enumerate() {
                found[index] = one(&item, what, index)?;
            }
        }
        count
    } else if let Ok(array) = value.cast::<PyArray1<f64>>() {
        let count = array.len();
        if count <= N {
            for (index, number) in found.iter_mut().enumerate().take(count) {
                *number = array.get_owned(index).unwrap_or(f64::NAN);
            }
        }
        count
    } else if is_no_row(value) {
        return Err(wrong(value, what, N, fewer));
    } else {
        let count = value.len().map_err(|_| wrong(value, what, N, fewer))?;
        if count <= N {
            for (index, item) in value.try_iter()?.enumerate().take(N) {
                found[index] = one(&item?, what, index)?;
            }
        }
        count
    };
    if count == N || Some(count) == fewer { Ok(count) } else { Err(wrong(value, what, N, fewer)) }
}

/// Whether something is a tuple of as many finite floats, of these classes themselves; they are then written. It is what
/// a step of a controller is mostly called with, so nothing else is asked here, and no error is made.
#[inline(always)]
pub(crate) fn floats<const N: usize>(value: &Bound<'_, PyAny>, found: &mut [f64; N]) -> bool {
    let Ok(tuple) = value.cast_exact::<PyTuple>() else { return false };
    if tuple.len() != N {
        return false;
    }
    for (number, item) in found.iter_mut().zip(tuple.iter_borrowed()) {
        let Ok(float) = item.cast_exact::<PyFloat>() else { return false };
        *number = float.value();
        if !number.is_finite() {
            return false;
        }
    }
    true
}

/// Six numbers in state order.
pub(crate) fn state(value: &Bound<'_, PyAny>, what: &str) -> PyResult<[f64; 6]> {
    let mut found = [f64::NAN; 6];
    numbers(value, what, None, &mut found)?;
    Ok(found)
}

/// Whether something has a length and yet no order, or no numbers, or more than one axis.
fn is_no_row(value: &Bound<'_, PyAny>) -> bool {
    value.is_instance_of::<PyString>()
        || value.is_instance_of::<PyBytes>()
        || value.is_instance_of::<PyByteArray>()
        || value.is_instance_of::<PySet>()
        || value.is_instance_of::<PyFrozenSet>()
        || value.is_instance_of::<PyDict>()
        || value.cast::<PyUntypedArray>().is_ok_and(|array| array.ndim() != 1)
}

fn one(item: &Bound<'_, PyAny>, what: &str, index: usize) -> PyResult<f64> {
    real(item).ok_or_else(|| {
        PyTypeError::new_err(format!("{what}.{index}: {} is no number", shown(item)))
    })
}

/// A number, or an error that names `what` it is.
pub(crate) fn number(value: &Bound<'_, PyAny>, what: &str) -> PyResult<f64> {
    real(value).ok_or_else(|| {
        PyTypeError::new_err(format!("{what} = {}: allowed is a number", shown(value)))
    })
}

/// What something is as a real number, if it is one. A complex number of numpy would give its real part away.
fn real(value: &Bound<'_, PyAny>) -> Option<f64> {
    if let Ok(float) = value.cast_exact::<PyFloat>() {
        return Some(float.value());
    }
    let plain = value.is_instance_of::<PyFloat>() || value.is_instance_of::<PyInt>();
    if !plain
        && let Ok(Some(dtype)) = value.getattr_opt("dtype")
        && dtype.getattr("kind").and_then(|kind| kind.eq("c")).unwrap_or(false)
    {
        return None;
    }
    value.extract().ok()
}

fn shown(value: &Bound<'_, PyAny>) -> String {
    value.repr().map_or_else(|_| "something".to_owned(), |text| text.to_string())
}

/// Numbers as an array of two axes, whatever sequences or array they come in; `allowed` says what `what` may be.
pub(crate) fn rows<'py>(
    value: &Bound<'py, PyAny>,
    what: &str,
    allowed: &str,
) -> PyResult<PyReadonlyArray2<'py, f64>> {
    let py = value.py();
    let numpy = py.import("numpy")?;
    let array = numpy.call_method1("asarray", (value,)).map_err(|error| {
        let message = format!("{what}: allowed are {allowed}; {}", error.value(py));
        PyValueError::new_err(message)
    })?;
    let (shape, dtype) = (array.getattr("shape")?, array.getattr("dtype")?);
    // Complex numbers would lose half of them.
    if !["f", "i", "u", "b"].contains(&&*dtype.getattr("kind")?.extract::<String>()?) {
        let message = format!("{what}: of dtype {dtype}; allowed are {allowed}");
        return Err(PyValueError::new_err(message));
    }
    let doubles = numpy.call_method1("asarray", (array, numpy::dtype::<f64>(py)))?;
    doubles.extract().map_err(|_| {
        PyValueError::new_err(format!("{what}: of shape {shape}; allowed are {allowed}"))
    })
}

fn wrong(value: &Bound<'_, PyAny>, what: &str, count: usize, fewer: Option<usize>) -> PyErr {
    let kind = value.get_type().name().map_or_else(|_| String::new(), |name| name.to_string());
    let shape = value.getattr("shape").map_or_else(
        |_| value.len().map_or_else(|_| String::new(), |length| format!(" of length {length}")),
        |shape| format!(" of shape {shape}"),
    );
    let fewer = fewer.map_or_else(String::new, |fewer| format!(", or {fewer}"));
    let message = format!("{what}: a {kind}{shape}; allowed are {count} numbers{fewer}");
    if value.len().is_ok() && !value.is_instance_of::<PyString>() {
        PyValueError::new_err(message)
    } else {
        PyTypeError::new_err(message)
    }
}

/// A whole number within bounds, or an error that names `what` it is.
pub(crate) fn whole(value: &Bound<'_, PyAny>, what: &str, least: u64, most: u64) -> PyResult<u64> {
    match value.extract::<u64>() {
        Ok(number) if (least..=most).contains(&number) => Ok(number),
        found => {
            let shown = shown(value);
            let to = if most == u64::MAX { String::new() } else { format!(" to {most}") };
            let message = format!("{what} = {shown}: allowed are whole numbers from {least}{to}");
            let py = value.py();
            match found {
                Err(error) if error.is_instance_of::<PyTypeError>(py) => {
                    Err(PyTypeError::new_err(message))
                }
                _ => Err(PyValueError::new_err(message)),
            }
        }
    }
}

/// A word or a text, or an error that names `what` it is.
pub(crate) fn word(value: &Bound<'_, PyAny>, what: &str) -> PyResult<String> {
    let kind = value.get_type().name()?;
    let wrong = || PyTypeError::new_err(format!("{what}: a {kind}; allowed is a str"));
    value.cast::<PyString>().map_or_else(|_| Err(wrong()), |text| Ok(text.to_string()))
}

/// A finite number, or an error that names `what` it is.
pub(crate) fn finite(number: f64, what: &str) -> PyResult<f64> {
    if number.is_finite() {
        Ok(number)
    } else {
        Err(PyValueError::new_err(format!("{what} = {number}: allowed is a finite number")))
    }
}

/// Poles as an array of complex numbers.
pub(crate) fn poles<'py>(py: Python<'py>, roots: &[Root]) -> Bound<'py, PyArray1<Complex64>> {
    let roots: Vec<Complex64> = roots.iter().map(|root| Complex64::new(root.re, root.im)).collect();
    roots.into_pyarray(py)
}

/// Numbers by their names.
pub(crate) fn named<'py>(
    py: Python<'py>,
    pairs: impl IntoIterator<Item = (&'static str, Option<f64>)>,
) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (name, number) in pairs {
        dict.set_item(name, number)?;
    }
    Ok(dict)
}
