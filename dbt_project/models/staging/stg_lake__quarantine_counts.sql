with source as (
    select * from {{ source('lake', 'quarantine_counts') }}
)

select * from source
