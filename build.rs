//! Tells cargo that the binary holds these folders: a file that is added there is a change, too.

fn main() {
    println!("cargo::rerun-if-changed=templates");
    println!("cargo::rerun-if-changed=profiles");
    println!("cargo::rerun-if-changed=schemas/interfaces");
}
