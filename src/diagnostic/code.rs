//! Every diagnostic code, in one table. SK01xx: reading a file; SK02xx: the profile; SK03xx: milestones and combinations;
//! SK04xx: the catalog and its components; SK05xx: the plan; SK06xx: content; SK07xx: finished objects; SK08xx: files and calls;
//! SK09xx: secrets.

use super::Code;

macro_rules! codes {
    ($($name:ident $id:literal $title:literal)*) => {
        $(#[doc = $title] pub const $name: Code = Code { id: $id, title: $title };)*
        /// All codes, by number.
        pub const ALL: &[Code] = &[$($name),*];
    };
}

codes! {
    NOT_UTF8 "SK0101" "the file is not UTF-8"
    TOO_LARGE "SK0102" "the file is too large"
    SYNTAX "SK0103" "the file is not valid YAML"
    DUPLICATE_KEY "SK0104" "a key is written twice"
    EMPTY "SK0105" "the file is empty"
    SEVERAL_DOCUMENTS "SK0106" "the file holds more than one document"
    TOO_DEEP "SK0107" "the file nests too deeply or expands too far"
    UNKNOWN_KEY "SK0201" "a key is not known"
    WRONG_TYPE "SK0202" "a value has the wrong type"
    NOT_ALLOWED "SK0203" "a value is not one of those allowed"
    OUT_OF_RANGE "SK0204" "a value is out of range"
    MISSING_KEY "SK0205" "a required key is missing"
    BAD_FORMAT "SK0206" "a value is not in the right form"
    UNSAFE_TEXT "SK0207" "a value holds text that is not safe where it goes"
    REPEATED "SK0208" "a list holds a value twice"
    SECRET_IN_PROFILE "SK0209" "a profile holds a secret"
    BEFORE_MILESTONE "SK0301" "a feature is used before its milestone"
    NOT_BUILT "SK0302" "a feature is not built yet"
    DANGLING_REFERENCE "SK0303" "a name refers to nothing"
    BAD_COMBINATION "SK0304" "two settings do not go together"
    COMPONENT_WARNS "SK0305" "a component warns of a setting"
    COMPONENT_REFUSES "SK0306" "a component refuses a setting"
    BAD_COMPONENT "SK0401" "a component's declaration is wrong"
    BAD_TEMPLATE "SK0402" "a template is wrong"
    TEMPLATE_FAILED "SK0403" "a template cannot be evaluated"
    MISSING_PEER "SK0501" "a component needs another that is not in the plan"
    NAME_TOO_LONG "SK0502" "a derived name is too long"
    BAD_QUERY "SK0602" "a query cannot be read"
    BAD_OBJECT "SK0701" "an object does not fit its type"
    BROKEN_REFERENCE "SK0702" "an object names another that does not exist"
    UNDECLARED_EXCEPTION "SK0703" "a pod breaks the baseline undeclared"
    TOO_LARGE_OBJECT "SK0704" "an object is too large to apply"
    NAME_COLLISION "SK0705" "two objects have one name"
    WRONG_OPENING "SK0706" "the network policies are not the plan's edges"
    NEEDLESS_EXCEPTION "SK0707" "a declared exception is not needed"
    WRONG_NAMESPACE_LEVEL "SK0708" "a namespace's Pod Security level does not fit its pods"
    SECRET_MATERIAL "SK0709" "an object holds secret material"
    CANNOT_READ "SK0801" "a file cannot be read"
    CANNOT_WRITE "SK0802" "a file cannot be written"
    NO_PROFILE "SK0803" "there is no such profile"
    IN_THE_WAY "SK0804" "a file of somebody else is in the way"
    BAD_RECORD "SK0805" "the record of an output folder is wrong"
    BAD_CALL "SK0806" "the call asks for what cannot be done"
    BAD_SECRETS "SK0901" "earlier secrets cannot be used"
    NO_RANDOMNESS "SK0902" "the system gives no randomness"
    NOT_ISSUED "SK0903" "a certificate cannot be issued"
}
