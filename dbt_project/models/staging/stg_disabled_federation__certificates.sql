with source as (
    {{ corrected(source('lake', 'disabled_federation__certificates')) }}
),

latest as (
    select *
    from source
    qualify row_number() over (partition by certificate_key order by _period_end desc, _batch_no desc, _row_number desc) = 1
),

renamed as (
    select
        -- ids
        certificate_key,
        person_key,
        hint_head_key,
        hint_tail_key,
        -- dates
        issue_date,
        valid_to_date,
        person_birth_date as birth_date,
        -- categories
        disability_type_code,
        disability_grade_code,
        certificate_status_code,
        person_sex_code as sex_code,
        name_masked,
        -- provenance
        _corrections
    from latest
)

select * from renamed
